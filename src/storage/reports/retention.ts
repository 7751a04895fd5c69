// Reads cohorts of players by their first day or week, and how many players returned in each later one.
import { RETENTION_ENDS_MAX } from '../../contract/report-limits.ts'
import type { Database } from '../postgres/database.ts'
import type { DayRange } from './day-range.ts'
import { readOneJson } from './read-json.ts'

/** SQL: the Monday of a day's week. */
const mondayOf = (day: string) => `(${day} - (extract(isodow from ${day})::integer - 1))`

interface Period {
  /** SQL: the first day of the day's period. */
  startOf: (day: string) => string
  days: number
  /** SQL: whether a row of `cohort_days` counts, so that a player counts once in each period. */
  rows: string
}

const PERIODS: Record<'day' | 'week', Period> = {
  day: { startOf: (day) => day, days: 1, rows: 'true' },
  week: { startOf: mondayOf, days: 7, rows: 'is_first_of_week' },
}

/**
 * @param today UTC, YYYY-MM-DD; later periods are left out
 * @returns a Retention as JSON
 */
export function readRetention(
  database: Database,
  gameId: number,
  { from, to }: DayRange,
  by: 'day' | 'week',
  today: string,
): Promise<string> {
  const { startOf, days, rows } = PERIODS[by]
  return readOneJson(
    database,
    `with bounds as (
       select ${startOf('$2::date')} as first, ${startOf('$3::date')} + ${days - 1} as last, ${startOf('$4::date')} as now
     ),
     ends as (
       select ${startOf('first_day')} as first_day, (${startOf('day')} - ${startOf('first_day')}) / ${days} as number,
         sum(players) as players
       from playtrace.cohort_days, bounds
       where game_id = $1 and first_day between first and last and day <= $4::date and ${rows}
       group by 1, 2 having sum(players) > 0
     ),
     cohorts as (
       select first_day, coalesce(sum(players) filter (where number = 0), 0) as players,
         (select json_agg(coalesce(found.players, 0) order by later)
          from generate_series(0, least(${RETENTION_ENDS_MAX - 1}, ((select now from bounds) - ends.first_day) / ${days})) as later
          left join ends as found on found.first_day = ends.first_day and found.number = later) as returned
       from ends group by first_day
     )
     select json_build_object('by', $5::text, 'cohorts', coalesce(json_agg(cohorts order by first_day), '[]'))::text as json
     from cohorts`,
    [gameId, from, to, today, by],
  )
}
