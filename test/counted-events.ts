// The promise "what is stored is counted, or the reason is shown": for each standard event that a report counts, the number of
// stored events is the number that the rollups count and the number that they list as not counted.
import type { Database } from '../src/storage/postgres/database.ts'

const UNCOUNTED = `
  with counted as (
    select game_id, 'level_start' as name, starts as events from playtrace.level_days
    union all select game_id, 'level_fail', fails from playtrace.level_days
    union all select game_id, 'level_complete', completes from playtrace.level_days
    union all select game_id, 'resource_' || direction, events from playtrace.resource_days
    union all select game_id, 'purchase', 1 from playtrace.purchases
    union all select game_id, name, events from playtrace.mismatch_days
  ),
  stored as (
    select game_id, name, count(*) as events from playtrace.events
    where name in ('level_start', 'level_fail', 'level_complete', 'resource_source', 'resource_sink', 'purchase')
      or mismatch is not null
    group by game_id, name
  ),
  summed as (select game_id, name, sum(events) as events from counted group by game_id, name having sum(events) > 0),
  of_names as (
    select game_id, name, stored.events as stored, summed.events as counted
    from stored full join summed using (game_id, name) where stored.events is distinct from summed.events
  ),
  of_hours as (
    select game_id, '(all)' as name, stored.events as stored, hourly.events as counted
    from (select game_id, count(*) as events from playtrace.events group by game_id) as stored
    full join (select game_id, sum(events) as events from playtrace.hourly_events group by game_id) as hourly using (game_id)
    where stored.events is distinct from hourly.events
  )
  select game_id, name, stored::int, counted::int from of_names union all table of_hours`

/** @returns a row for each game and name whose events are neither counted nor listed as not counted; none, if all is well */
export async function uncountedEvents(database: Pick<Database, 'query'>): Promise<unknown[]> {
  return (await database.query(UNCOUNTED)).rows
}
