// A figure over time: from the rollups where they hold it, else from the events themselves, without gaps.
import {
  CURRENCIES_MAX,
  OTHER_SERIES,
  PROPERTY_VALUE_LENGTH_MAX,
  TIMESERIES_SERIES_MAX,
} from '../../contract/report-limits.ts'
import {
  PROPERTY_SPLIT,
  readsEvents,
  type TimeseriesChoice,
  type TimeseriesInterval,
} from '../../contract/timeseries.ts'
import type { Database } from '../postgres/database.ts'
import { readOneJson } from './read-json.ts'

export interface TimeseriesRequest extends TimeseriesChoice {
  /** RFC 3339, on whole minutes, hours or UTC days; `to` is not included. */
  from: string
  to: string
}

/** Not `1 day`, which on two days of the year has 23 or 25 hours in most zones that a session may have. */
const STEPS: Record<TimeseriesInterval, string> = { minute: '1 minute', hour: '1 hour', day: '24 hours' }

/** @returns a Timeseries as JSON */
export function readTimeseries(
  database: Database,
  gameId: number,
  request: TimeseriesRequest,
): Promise<string> {
  const { figure, interval, from, to, name, split } = request
  const key = split?.startsWith(PROPERTY_SPLIT) ? split.slice(PROPERTY_SPLIT.length) : null
  return readOneJson(database, statementOf(request), [
    gameId,
    from,
    to,
    STEPS[interval],
    figure,
    interval,
    name ?? null,
    key,
  ])
}

/**
 * `found` has the series' key (a value behind a `v`; empty where there is none), the point, and what counts there. The
 * largest series stand for themselves, all others are one; but sums of different currencies would be none of anything.
 */
function statementOf(request: TimeseriesRequest): string {
  const { figure, split } = request
  const isRevenue = figure === 'revenue'
  const seriesMax = isRevenue ? CURRENCIES_MAX : TIMESERIES_SERIES_MAX
  const counted = figure === 'players' && readsEvents(request) ? 'count(distinct player_id)' : 'sum(count)'
  return `with given as (select $5::text as figure, $6::text as interval, $7::text as name, $8::text as property),
    found as materialized (${sourceOf(request)}),
    ranked as (
      select key, least(row_number() over (order by sum(count) desc, key), ${seriesMax + 1}) as rank from found group by key
    ),
    series as (
      select rank, case when rank > ${seriesMax} then '${OTHER_SERIES}' when min(key) <> '' then substr(min(key), 2) end as value
      from ranked ${isRevenue ? `where rank <= ${seriesMax}` : ''} group by rank
      ${isRevenue || split ? '' : 'union all select 1, null where not exists (select from ranked)'}
    ),
    points as (select rank, at, ${counted} as count from found join ranked using (key) group by rank, at),
    drawn as (
      select rank, value, json_agg(json_build_object(
        'at', to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'count', coalesce(count, 0)) order by at) as points
      from series
      cross join generate_series($2::timestamptz, $3::timestamptz - interval '1 microsecond', $4::interval) as at
      left join points using (rank, at)
      group by rank, value
    )
    select json_build_object('figure', figure, 'interval', interval, 'series', (
      select coalesce(json_agg(json_build_object('value', value, 'points', points) order by rank), '[]') from drawn
    ))::text as json from given`
}

function sourceOf(request: TimeseriesRequest): string {
  const { figure, interval, split } = request
  if (readsEvents(request)) return figure === 'players' ? PLAYERS_OF_EVENTS(split) : EVENTS(split)
  switch (figure) {
    case 'events':
      return HOURLY_EVENTS(split)
    case 'players':
      return PLAYERS_BY_DAY()
    case 'new_players':
      return interval === 'day' ? PLAYERS_BY_DAY('previous_day is null') : NEW_PLAYERS
    case 'sessions':
      return interval === 'day' ? SESSIONS_BY_DAY : SESSIONS
    case 'revenue':
      return REVENUE
    case 'purchases':
      return split === undefined ? PURCHASES : PURCHASES_OF_EVENTS(split)
  }
}

const isIn = (column: string) => `${column} >= $2::timestamptz and ${column} < $3::timestamptz`
const pointOf = (column: string) => `date_bin($4::interval, ${column}, $2::timestamptz)`
const OF_NAME = '($7::text is null or name = $7)'

/** `properties` of an event that has no such key, or null, have no value, as an event without a platform has none. */
function keyOf(split: string | undefined): string {
  if (split === undefined) return `''`
  const column = split.startsWith(PROPERTY_SPLIT)
    ? `left(properties ->> $8::text, ${PROPERTY_VALUE_LENGTH_MAX})`
    : split
  return `coalesce('v' || ${column}, '')`
}

const HOURLY_EVENTS = (split: string | undefined) => `
  select ${keyOf(split)} as key, ${pointOf('hour')} as at, sum(events) as count
  from playtrace.hourly_events where game_id = $1 and ${isIn('hour')} and ${OF_NAME} group by 1, 2`

const EVENTS = (split: string | undefined) => `
  select ${keyOf(split)} as key, ${pointOf('corrected_at')} as at, count(*) as count
  from playtrace.events where game_id = $1 and ${isIn('corrected_at')} and ${OF_NAME} group by 1, 2`

const PLAYERS_OF_EVENTS = (split: string | undefined) => `
  select ${keyOf(split)} as key, ${pointOf('corrected_at')} as at, player_id, 1 as count
  from playtrace.events where game_id = $1 and ${isIn('corrected_at')} and ${OF_NAME} group by 1, 2, 3`

const PURCHASES_OF_EVENTS = (split: string) => `
  select ${keyOf(split)} as key, ${pointOf('purchases.corrected_at')} as at, count(*) as count
  from playtrace.purchases join playtrace.events using (game_id, occurred_at, event_id)
  where game_id = $1 and ${isIn('purchases.corrected_at')} group by 1, 2`

/** Whole days alone: those of the range begin in it. */
const IS_DAY_IN = `day >= ($2::timestamptz at time zone 'UTC')::date and day < ($3::timestamptz at time zone 'UTC')::date`

const PLAYERS_BY_DAY = (condition = 'true') => `
  select '' as key, day::timestamp at time zone 'UTC' as at, sum(players) as count
  from playtrace.active_days where game_id = $1 and ${IS_DAY_IN} and ${condition} group by 1, 2`

/** The days lead to the players: `players` has no index by time. */
const NEW_PLAYERS = `
  select '' as key, ${pointOf('first_seen_at')} as at, count(*) as count
  from playtrace.player_days join playtrace.players using (game_id, player_no)
  where game_id = $1 and previous_day is null and day >= ($2::timestamptz at time zone 'UTC')::date
    and day <= ($3::timestamptz at time zone 'UTC')::date and ${isIn('first_seen_at')} group by 1, 2`

const SESSIONS_BY_DAY = `
  select '' as key, day::timestamp at time zone 'UTC' as at, sum(sessions) as count
  from playtrace.session_days where game_id = $1 and ${IS_DAY_IN} group by 1, 2`

const SESSIONS = `
  select '' as key, ${pointOf('started_at')} as at, count(*) as count
  from playtrace.sessions where game_id = $1 and ${isIn('started_at')} group by 1, 2`

const PURCHASES = `
  select '' as key, ${pointOf('corrected_at')} as at, count(*) as count
  from playtrace.purchases where game_id = $1 and ${isIn('corrected_at')} group by 1, 2`

const REVENUE = `
  select 'v' || currency as key, ${pointOf('corrected_at')} as at, sum(amount_minor) as count
  from playtrace.purchases where game_id = $1 and ${isIn('corrected_at')} group by 1, 2`
