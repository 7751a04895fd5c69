// Reads the figures of a range of days and of as many days before it.
import { utcTime } from '../postgres/cursor.ts'
import type { Database } from '../postgres/database.ts'
import { type DayRange, isFirstOfRange, isWithin, startOf } from './day-range.ts'
import { readOneJson } from './read-json.ts'

const PREVIOUS_FROM = '($2::date - ($3::date - $2::date + 1))'
const CURRENT: [string, string] = ['$2::date', '$3::date']
const PREVIOUS: [string, string] = [PREVIOUS_FROM, '($2::date - 1)']
/** The previous and the current range, which one scan reads. */
const BOTH: [string, string] = [PREVIOUS_FROM, '$3::date']

const DAY_MS = 24 * 60 * 60 * 1000

/** @returns an OverviewReport as JSON */
export function readOverview(
  database: Database,
  gameId: number,
  { from, to }: DayRange,
  nowMs: number,
): Promise<string> {
  return readOneJson(
    database,
    `with happened as materialized (
       select hour >= ${startOf('$2::date')} as is_current, sum(events) as events
       from playtrace.hourly_events where game_id = $1 and ${isWithin('hour', ...BOTH)} group by 1
     )
     select json_build_object(
       'from', $2::date, 'to', $3::date,
       'first_event_at', (select ${utcTime('first_event_at')} from playtrace.event_times where game_id = $1),
       'last_event_at', (select ${utcTime('last_event_at')} from playtrace.event_times where game_id = $1),
       'current', (${figures('is_current', CURRENT)}), 'previous', (${figures('not is_current', PREVIOUS)}),
       'active', json_build_object('dau', (${activeIn(1)}), 'day_before', (${DAY_BEFORE}), 'wau', (${activeIn(7)}), 'mau', (${activeIn(30)}))
     )::text as json`,
    [gameId, from, to, dayBeforeEnd(to, nowMs)],
  )
}

function figures(isOfPeriod: string, range: [string, string]): string {
  return `
    select json_build_object('players', players, 'new_players', new_players,
      'sessions', sessions,
      'events', coalesce((select events from happened where ${isOfPeriod}), 0),
      'rejected_events', (
        select coalesce(sum(events), 0) from playtrace.rejection_days
        where game_id = $1 and day between ${range[0]} and ${range[1]}
      ),
      'session_seconds', round(seconds / nullif(sessions, 0)),
      'payers', (
        select coalesce(sum(players), 0) from playtrace.paying_days
        where game_id = $1 and currency = '*' and ${isFirstOfRange(...range)}
      ),
      'revenue', (
        select coalesce(json_agg(by_currency order by amount_minor desc, currency), '[]')
        from (
          select currency, sum(amount_minor) as amount_minor
          from playtrace.revenue_days
          where game_id = $1 and day between ${range[0]} and ${range[1]} and purchases > 0
          group by currency
        ) as by_currency
      ))
    from (
      select coalesce(sum(players), 0) as players,
        coalesce(sum(players) filter (where previous_day is null), 0) as new_players
      from playtrace.active_days where game_id = $1 and ${isFirstOfRange(...range)}
    ) as of_players, (
      select coalesce(sum(sessions), 0) as sessions, sum(seconds) as seconds
      from playtrace.session_days where game_id = $1 and day between ${range[0]} and ${range[1]}
    ) as of_sessions`
}

/** SQL: the number of players in the last days of the range. */
function activeIn(days: number): string {
  return `select coalesce(sum(players), 0) from playtrace.active_days
    where game_id = $1 and ${isFirstOfRange(`($3::date - ${days - 1})`, '$3::date')}`
}

const DAY_BEFORE_FROM = startOf('$3::date - 1')

/** Where the count of the day before `to` ends. Today is not over, so it is compared with the same part of that day. */
function dayBeforeEnd(to: string, nowMs: number): string {
  const isToday = new Date(nowMs).toISOString().startsWith(to)
  return isToday ? new Date(nowMs - DAY_MS).toISOString() : `${to}T00:00:00Z`
}

/**
 * SQL: the number of players on the day before the range's last one. A session that began before midnight counts if it goes on
 * after midnight: there is an event in the first 30 minutes then. A session of more than a day is not looked for.
 */
const DAY_BEFORE = `
  select count(distinct player_no) from playtrace.sessions
  where game_id = $1 and started_at >= ${DAY_BEFORE_FROM} - interval '1 day' and started_at < $4::timestamptz
    and ended_at >= ${DAY_BEFORE_FROM}`
