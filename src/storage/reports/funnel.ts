// A funnel of first times: how many players did one thing for the first time, then the next, within a window.
import type { Database } from '../postgres/database.ts'
import { type DayRange, isWithin, startOf } from './day-range.ts'
import { readOneJson } from './read-json.ts'

const FIRST_PARAMETER = 5

/**
 * The index holds each name's players in order, so that the steps are merged as they are read, all at once. The planner
 * would rather fill a hash table with each step, which takes half as long again, or, while its statistics are those of an
 * empty table, look through all of a step's players for each of the one before.
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

/** Players who came as far as this step. */
function joined(index: number): string {
  const [before, step] = [`step_${index - 1}`, `step_${index}`]
  // The times of the range bound what is read of the step's name, to which the window alone would not lead.
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

/** Since the step before, to the whole second, half a second up: whole ones sort in half the time of a numeric's. */
function medianSeconds(index: number): string {
  const seconds = `date_part('epoch', step_${index}.first_at - step_${index - 1}.first_at)`
  return `percentile_disc(0.5) within group (order by floor(${seconds} + 0.5)::integer)`
}
