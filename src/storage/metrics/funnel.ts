// A funnel of first times: how many players did one thing for the first time, then the next, within a window.
import type { Database } from '../database.ts'
import { type DayRange, isWithin } from './day-range.ts'
import { readOneJson } from './read-json.ts'

const FIRST_PARAMETER = 5

/**
 * @param steps names of events, no name twice
 * @returns a Funnel as JSON
 */
export function readFunnel(
  database: Database,
  gameId: number,
  { from, to }: DayRange,
  steps: string[],
  windowHours: number,
): Promise<string> {
  return readOneJson(
    database,
    `with ${steps.map((_, index) => step(index)).join(',')}
     select json_build_object('steps', json_build_array(${steps.map((_, index) => figures(index)).join(',')}))::text as json`,
    [gameId, from, to, `${windowHours} hours`, ...steps],
  )
}

const parameter = (index: number) => `$${FIRST_PARAMETER + index}::text`

/**
 * Players who came as far as this step: when they began, when they took it, and how long after the one before. The seconds
 * are exact to the microsecond in a float8, and sort in half the time of a numeric's.
 */
function step(index: number): string {
  if (index === 0)
    return `step_0 as materialized (
      select player_no, first_at as began_at, first_at as at, null::float8 as seconds
      from playtrace.player_names where game_id = $1 and name = ${parameter(0)} and ${isWithin('first_at')}
    )`
  // The times of the range bound what is read of the step's name, to which the window alone would not lead.
  return `step_${index} as materialized (
    select player_no, began_at, first_at as at, extract(epoch from first_at - at)::float8 as seconds
    from step_${index - 1} join playtrace.player_names using (player_no)
    where game_id = $1 and name = ${parameter(index)} and first_at between at and began_at + $4::interval
      and first_at >= ($2::date::timestamp at time zone 'UTC')
      and first_at < (($3::date + 1)::timestamp at time zone 'UTC') + $4::interval
  )`
}

function figures(index: number): string {
  return `(select json_build_object('name', ${parameter(index)}, 'players', count(*),
    'median_seconds', round((percentile_disc(0.5) within group (order by seconds))::numeric)) from step_${index})`
}
