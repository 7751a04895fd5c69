// The figures of a range of days beside those of as many days before it.
import type { Database } from '../database.ts'
import { type DayRange, isFirstOfRange, isWithin } from './day-range.ts'
import { readOneJson } from './read-json.ts'

/** @returns a MetricsOverview as JSON */
export function readMetricsOverview(
  database: Database,
  gameId: number,
  { from, to }: DayRange,
): Promise<string> {
  return readOneJson(
    database,
    `select json_build_object(
       'from', $2::date, 'to', $3::date,
       'current', (${figures('$2::date', '$3::date')}),
       'previous', (${figures('$2::date - ($3::date - $2::date + 1)', '$2::date - 1')}),
       'active', json_build_object('dau', (${activeIn(1)}), 'wau', (${activeIn(7)}), 'mau', (${activeIn(30)}))
     )::text as json`,
    [gameId, from, to],
  )
}

function figures(from: string, to: string): string {
  const range: [string, string] = [`(${from})`, `(${to})`]
  return `
    select json_build_object('players', players, 'new_players', new_players, 'sessions', sessions, 'events', events,
      'session_seconds', session_seconds, 'payers', payers, 'revenue', revenue)
    from (
      select count(*) as players, count(*) filter (where previous_day is null) as new_players
      from playtrace.player_days where game_id = $1 and ${isFirstOfRange(...range)}
    ) as of_players, (
      select count(*) as sessions, round(avg(extract(epoch from ended_at - started_at))) as session_seconds
      from playtrace.sessions where game_id = $1 and ${isWithin('started_at', ...range)}
    ) as of_sessions, (
      select coalesce(sum(events), 0) as events
      from playtrace.hourly_events where game_id = $1 and ${isWithin('hour', ...range)}
    ) as of_events, (
      select count(distinct player_no) as payers
      from playtrace.purchases where game_id = $1 and ${isWithin('corrected_at', ...range)}
    ) as of_payers, (
      select coalesce(json_agg(by_currency order by amount_minor desc, currency), '[]') as revenue
      from (
        select currency, sum(amount_minor) as amount_minor
        from playtrace.purchases where game_id = $1 and ${isWithin('corrected_at', ...range)}
        group by currency
      ) as by_currency
    ) as of_revenue`
}

/** Players of so many days that end with `to`. */
function activeIn(days: number): string {
  return `select count(*) from playtrace.player_days
    where game_id = $1 and ${isFirstOfRange(`($3::date - ${days - 1})`, '$3::date')}`
}
