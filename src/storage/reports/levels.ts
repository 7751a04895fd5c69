// Reads how often each level was tried and completed, how long that took, and where players stopped.
import { LISTED_MAX, STOPPED_AFTER_DAYS } from '../../contract/report-limits.ts'
import type { Database } from '../postgres/database.ts'
import { notCounted } from './data-quality.ts'
import type { DayRange } from './day-range.ts'
import { readOneJson } from './read-json.ts'

const NOT_COUNTED = notCounted('level_start', 'level_fail', 'level_complete')

/**
 * @param today UTC, YYYY-MM-DD
 * @returns Levels as JSON
 */
export function readLevels(database: Database, gameId: number, { from, to }: DayRange, today: string): Promise<string> {
  return readOneJson(
    database,
    `with played as (
       select level, sum(starts) as starts, sum(fails) as fails, sum(completes) as completes
       from playtrace.level_days where game_id = $1 and day between $2::date and $3::date group by level
     ),
     timed as (
       select level, min(seconds) filter (where up_to * 2 >= completes) as median_seconds
       from (
         select level, seconds, sum(completes) over (partition by level order by seconds) as up_to,
           sum(completes) over (partition by level) as completes
         from (
           select level, seconds, sum(completes) as completes
           from playtrace.level_seconds where game_id = $1 and day between $2::date and $3::date group by level, seconds
         ) as by_seconds
       ) as cumulated
       group by level
     ),
     highest as (
       select level_tried as level, count(*) as players,
         count(*) filter (
           where (level_completed is null or level_completed < level_tried)
             and last_day between $2::date and least($3::date, $4::date - ${STOPPED_AFTER_DAYS})
         ) as stopped
       from playtrace.players where game_id = $1 and level_tried is not null group by level_tried
     ),
     -- All levels that were played in the range or are the highest of a player, so that reached adds up from the top.
     levels as (
       select level, coalesce(starts, 0) as starts, coalesce(fails, 0) as fails, coalesce(completes, 0) as completes,
         round(starts / nullif(completes, 0), 4) as attempts_per_complete, median_seconds,
         coalesce(sum(players) over (order by level desc), 0) as reached, coalesce(stopped, 0) as stopped
       from played full join highest using (level) left join timed using (level)
     ),
     listed as (
       select * from levels where starts + fails + completes + stopped > 0 order by level limit ${LISTED_MAX}
     )
     select json_build_object('levels', coalesce(json_agg(listed order by level), '[]'), 'not_counted', (${NOT_COUNTED}))::text as json from listed`,
    [gameId, from, to, today],
  )
}
