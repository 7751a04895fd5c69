// Reads the revenue of each currency, the payers, and the time to their first purchase.
import { CURRENCIES_MAX, LISTED_MAX } from '../../contract/report-limits.ts'
import type { Database } from '../postgres/database.ts'
import { notCounted } from './data-quality.ts'
import { DAYS, type DayRange, isFirstOfRange, isWithin } from './day-range.ts'
import { readOneJson } from './read-json.ts'

/** @returns Revenue as JSON */
export function readRevenue(database: Database, gameId: number, { from, to }: DayRange): Promise<string> {
  return readOneJson(
    database,
    `with active as (
       select coalesce(sum(players), 0) as player_days, coalesce(sum(players) filter (where ${isFirstOfRange()}), 0) as players
       from playtrace.active_days where game_id = $1 and day between $2::date and $3::date
     ),
     paying as materialized (
       select currency, day, sum(players) as payers, sum(players) filter (where ${isFirstOfRange()}) as first_of_range
       from playtrace.paying_days where game_id = $1 and day between $2::date and $3::date
       group by currency, day having sum(players) > 0
     ),
     payers as (select coalesce(sum(first_of_range), 0) as payers from paying where currency = '*'),
     bought as materialized (
       select currency, day, product_id, purchases, amount_minor
       from playtrace.revenue_days where game_id = $1 and day between $2::date and $3::date and purchases > 0
     ),
     by_day as materialized (
       select currency, day, amount_minor, purchases, payers
       from (
         select currency, day, sum(amount_minor) as amount_minor, sum(purchases) as purchases from bought group by currency, day
       ) as money
       join paying using (currency, day)
     ),
     first_purchases as (
       select count(*) as first_purchases,
         percentile_disc(0.5) within group (order by (first_purchase_at at time zone 'UTC')::date - first_day) as median_days
       from playtrace.players where game_id = $1 and ${isWithin('first_purchase_at')}
     )
     select json_build_object(
       'currencies', (${CURRENCIES}), 'players', players, 'payers', payers,
       'conversion', round(payers::numeric / nullif(players, 0), 6),
       'first_purchases', first_purchases, 'median_days_to_first_purchase', median_days, 'products', (${PRODUCTS}), 'not_counted', (${notCounted('purchase')})
     )::text as json
     from active, payers, first_purchases`,
    [gameId, from, to],
  )
}

const CURRENCIES = `
  select coalesce(json_agg(json_build_object(
    'currency', currency, 'amount_minor', amount_minor, 'purchases', purchases, 'payers', payers,
    'arpdau_minor', coalesce(round(amount_minor / nullif((select player_days from active), 0), 4), 0), 'days', days
  ) order by purchases desc, currency), '[]')
  from (
    select currency, sum(amount_minor) as amount_minor, sum(purchases) as purchases,
      (select sum(first_of_range) from paying where paying.currency = by_day.currency) as payers
    from by_day group by currency order by purchases desc, currency limit ${CURRENCIES_MAX}
  ) as by_currency
  cross join lateral (
    select json_agg(json_build_object('day', day, 'amount_minor', coalesce(of_day.amount_minor, 0),
      'purchases', coalesce(of_day.purchases, 0), 'payers', coalesce(of_day.payers, 0)) order by day) as days
    from ${DAYS} as days
    left join (select * from by_day where by_day.currency = by_currency.currency) as of_day using (day)
  ) as with_days`

const PRODUCTS = `
  select coalesce(json_agg(by_product order by purchases desc, product_id, currency), '[]')
  from (
    select product_id, currency, sum(purchases) as purchases, sum(amount_minor) as amount_minor
    from bought group by product_id, currency order by purchases desc, product_id, currency limit ${LISTED_MAX}
  ) as by_product`
