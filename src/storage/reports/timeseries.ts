// Reads a figure over time without gaps: from the rollups if they hold it, otherwise from the events.
import {
  CURRENCIES_MAX,
  OTHER,
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

/** A day is 24 hours, because `1 day` depends on the time zone of the connection. */
const STEPS: Record<TimeseriesInterval, string> = { minute: '1 minute', hour: '1 hour', day: '24 hours' }

/** @returns a Timeseries as JSON */
export function readTimeseries(database: Database, gameId: number, request: TimeseriesRequest): Promise<string> {
  const { figure, interval, from, to, name, split } = request
  const key = split?.startsWith(PROPERTY_SPLIT) ? split.slice(PROPERTY_SPLIT.length) : undefined
  const values = [gameId, from, to, STEPS[interval], figure, interval, name, key]
  return readOneJson(database, statementOf(request), values)
}

/**
 * A row of `found` has the key of a series (`v` and the value, or empty without a value), a point in time, and a count. The
 * largest series are kept, and all others are added up as one, with what the rollups count as OTHER. Currencies are not added up.
 */
function statementOf(request: TimeseriesRequest): string {
  const { figure, split } = request
  const isRevenue = figure === 'revenue'
  const seriesMax = isRevenue ? CURRENCIES_MAX : TIMESERIES_SERIES_MAX
  const counted = figure === 'players' && readsEvents(request) ? 'count(distinct player_id)' : 'sum(count)'
  return `with given as (select $5::text as figure, $6::text as interval, $7::text as name, $8::text as property),
    found as materialized (${sourceOf(request)}),
    ranked as (
      select key, least(row_number() over (order by key = 'v${OTHER}', sum(count) desc, key), ${seriesMax + 1}) as rank from found group by key
    ),
    series as (
      select rank, case when rank > ${seriesMax} then '${OTHER}' when min(key) <> '' then substr(min(key), 2) end as value
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

/** SQL: the source of `found`. */
function sourceOf(request: TimeseriesRequest): string {
  const { figure, interval, split } = request
  const key = keyOf(split)
  const byDay = interval === 'day'
  switch (figure) {
    case 'events':
      return readsEvents(request)
        ? counts('events', 'corrected_at', 'count(*)', key, OF_NAME)
        : counts('hourly_events', 'hour', 'sum(events)', key, OF_NAME)
    case 'players':
      return readsEvents(request) ? playersOfEvents(key) : dayCounts('active_days', 'sum(players)')
    case 'new_players':
      return byDay ? dayCounts('active_days', 'sum(players)', 'previous_day is null') : NEW_PLAYERS
    case 'sessions':
      return byDay ? dayCounts('session_days', 'sum(sessions)') : counts('sessions', 'started_at')
    case 'revenue':
      return counts('purchases', 'corrected_at', 'sum(amount_minor)', `'v' || currency`)
    case 'purchases':
      return split === undefined ? counts('purchases', 'corrected_at') : purchasesOfEvents(key)
  }
}

const isIn = (column: string) => `${column} >= $2::timestamptz and ${column} < $3::timestamptz`
const pointOf = (column: string) => `date_bin($4::interval, ${column}, $2::timestamptz)`
const utcDayOf = (parameter: string) => `(${parameter}::timestamptz at time zone 'UTC')::date`
const OF_NAME = '($7::text is null or name = $7)'

/** SQL: the key of a row's series. A property that is absent or null has no value, like an event without a platform. */
function keyOf(split: string | undefined): string {
  if (split === undefined) return `''`
  const column = split.startsWith(PROPERTY_SPLIT)
    ? `left(properties ->> $8::text, ${PROPERTY_VALUE_LENGTH_MAX})`
    : split
  return `coalesce('v' || ${column}, '')`
}

const counts = (table: string, time: string, count = 'count(*)', key = `''`, condition = 'true') => `
  select ${key} as key, ${pointOf(time)} as at, ${count} as count
  from playtrace.${table} where game_id = $1 and ${isIn(time)} and ${condition} group by 1, 2`

/** The range consists of whole days, so it holds the days that begin in it. */
const dayCounts = (table: string, count: string, condition = 'true') => `
  select '' as key, day::timestamp at time zone 'UTC' as at, ${count} as count
  from playtrace.${table} where game_id = $1 and day >= ${utcDayOf('$2')} and day < ${utcDayOf('$3')} and ${condition}
  group by 1, 2`

const playersOfEvents = (key: string) => `
  select ${key} as key, ${pointOf('corrected_at')} as at, player_id, 1 as count
  from playtrace.events where game_id = $1 and ${isIn('corrected_at')} and ${OF_NAME} group by 1, 2, 3`

const purchasesOfEvents = (key: string) => `
  select ${key} as key, ${pointOf('purchases.corrected_at')} as at, count(*) as count
  from playtrace.purchases join playtrace.events using (game_id, identified_at, event_id)
  where game_id = $1 and ${isIn('purchases.corrected_at')} group by 1, 2`

/** Finds the players by their first days, because `players` has no index by time. */
const NEW_PLAYERS = `
  select '' as key, ${pointOf('first_seen_at')} as at, count(*) as count
  from playtrace.player_days join playtrace.players using (game_id, player_no)
  where game_id = $1 and previous_day is null and day between ${utcDayOf('$2')} and ${utcDayOf('$3')}
    and ${isIn('first_seen_at')} group by 1, 2`
