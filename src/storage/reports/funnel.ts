// Reads a funnel: how many players sent an event for the first time, then the next event, within a window.
import type { Database } from '../postgres/database.ts'
import { type DayRange, isWithin, startOf } from './day-range.ts'
import { readOneJson } from './read-json.ts'

const FIRST_PARAMETER = 5

/**
 * The index has each name's players in order, so a merge join reads all steps at once. A hash join takes half as long again.
 * While the statistics are those of an empty table, the planner would choose nested loops over all players.
 */
const MERGED =
  'set local enable_hashjoin = off; set local enable_nestloop = off; set local max_parallel_workers_per_gather = 0'

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
  const later = steps.slice(1).map((_, index) => index + 1)
  return readOneJson(
    database,
    `select json_build_object('steps', json_build_array(${steps.map((_, index) => figures(index)).join(',')}))::text as json
     from (
       select player_no, first_at from playtrace.player_names
       where game_id = $1 and name = ${parameter(0)} and ${isWithin('first_at')}
     ) as step_0
     ${later.map(joined).join('')}`,
    [gameId, from, to, `${windowHours} hours`, ...steps],
    MERGED,
  )
}

const parameter = (index: number) => `$${FIRST_PARAMETER + index}::text`

/** SQL: joins the players who reached this step. */
function joined(index: number): string {
  const [before, step] = [`step_${index - 1}`, `step_${index}`]
  // The range limits how many rows of the step are read. The window alone does not.
  return `left join (
      select player_no, first_at from playtrace.player_names
      where game_id = $1 and name = ${parameter(index)}
        and first_at >= ${startOf('$2::date')} and first_at < ${startOf('$3::date + 1')} + $4::interval
    ) as ${step} on ${step}.player_no = step_0.player_no
      and ${step}.first_at between ${before}.first_at and step_0.first_at + $4::interval
  `
}

function figures(index: number): string {
  return `json_build_object('name', ${parameter(index)}, 'players', count(step_${index}.player_no),
    'median_seconds', ${index === 0 ? 'null::integer' : medianSeconds(index)})`
}

/** SQL: the time since the step before, rounded to seconds, because integers sort in half the time of numerics. */
function medianSeconds(index: number): string {
  const seconds = `date_part('epoch', step_${index}.first_at - step_${index - 1}.first_at)`
  return `percentile_disc(0.5) within group (order by floor(${seconds} + 0.5)::integer)`
}
