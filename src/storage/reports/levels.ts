// Reads how often each level was tried and completed, how long that took, and which players stopped at it.
import { LISTED_MAX } from '../../contract/report-limits.ts'
import type { Database } from '../postgres/database.ts'
import { notCounted } from './data-quality.ts'
import { type DayRange, isWithin } from './day-range.ts'
import { readOneJson } from './read-json.ts'

const NOT_COUNTED = notCounted('level_start', 'level_fail', 'level_complete')

/**
 * @param today UTC, YYYY-MM-DD
 * @param stoppedAfterDays days without an event
 * @returns Levels as JSON
 */
export function readLevels(
  database: Database,
  gameId: number,
  { from, to }: DayRange,
  today: string,
  stoppedAfterDays: number,
): Promise<string> {
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
     new_to_players as (
       select level, count(*) as reached, count(first_completed_at) as completed,
         -- The search for a later level comes last, because few players need it.
         count(*) filter (where first_completed_at is null and last_day <= $4::date - $5::integer and not exists (
           select from playtrace.player_levels as later
           where later.player_no = tried.player_no
             and (later.first_tried_at, later.level) > (tried.first_tried_at, tried.level)
         )) as stopped
       from playtrace.player_levels as tried join playtrace.players using (player_no)
       where tried.game_id = $1 and ${isWithin('first_tried_at')} group by level
     ),
     listed as (
       select level, starts, fails, completes, round(starts / nullif(completes, 0), 4) as attempts_per_complete,
         median_seconds, coalesce(reached, 0) as reached, coalesce(completed, 0) as completed,
         coalesce(stopped, 0) as stopped, coalesce(reached - completed - stopped, 0) as continuing
       from played left join new_to_players using (level) left join timed using (level)
       order by level collate playtrace.natural, level limit ${LISTED_MAX}
     )
     select json_build_object(
       'levels', coalesce(json_agg(listed order by level collate playtrace.natural, level), '[]'),
       'not_counted', (${NOT_COUNTED})
     )::text as json from listed`,
    [gameId, from, to, today, stoppedAfterDays],
  )
}
