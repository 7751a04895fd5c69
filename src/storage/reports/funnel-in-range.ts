// Reads a funnel of the events in a range: a player can enter the funnel again in each range. The figures come from the events, not from rollups.
import type { Database } from '../postgres/database.ts'
import { type DayRange, isWithin } from './day-range.ts'
import { readOneJson } from './read-json.ts'

const FIRST_PARAMETER = 5

/**
 * A player enters with the first event of the first step in the range. Each later step is the first event of its name that is
 * not before the previous step, and at most the window after the first step.
 * @param steps names of events, no name twice
 * @returns a Funnel as JSON
 */
export function readFunnelInRange(
  database: Database,
  gameId: number,
  range: DayRange,
  steps: string[],
  windowHours: number,
): Promise<string> {
  return readOneJson(
    database,
    `with found as materialized (
       select name, player_id, corrected_at from playtrace.events
       where game_id = $1 and name = any(array[${steps.map((_, index) => parameter(index)).join(',')}])
         and ${isWithin('corrected_at')}
     ),
     step_0 as (
       select player_id, min(corrected_at) as entered_at, min(corrected_at) as reached_at, null::timestamptz as previous_at
       from found where name = ${parameter(0)} group by player_id
     )${steps
       .slice(1)
       .map((_, index) => laterStep(index + 1))
       .join('')}
     select json_build_object('steps', json_build_array(${steps.map((_, index) => figures(index)).join(',')}))::text as json`,
    [gameId, range.from, range.to, `${windowHours} hours`, ...steps],
  )
}

const parameter = (index: number) => `$${FIRST_PARAMETER + index}::text`

function laterStep(index: number): string {
  return `,
     step_${index} as (
       select player_id, entered_at, min(corrected_at) as reached_at, before.reached_at as previous_at
       from step_${index - 1} as before join found using (player_id)
       where name = ${parameter(index)}
         and corrected_at between before.reached_at and entered_at + $4::interval
       group by player_id, entered_at, before.reached_at
     )`
}

/** SQL: the time since the previous step is rounded to seconds. It is null for the first step. */
function figures(index: number): string {
  return `(select json_build_object('name', ${parameter(index)}, 'players', count(*), 'median_seconds',
    percentile_disc(0.5) within group (order by floor(date_part('epoch', reached_at - previous_at) + 0.5)::integer))
    from step_${index})`
}
