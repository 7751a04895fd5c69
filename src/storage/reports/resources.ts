// Reads how much of each resource players gained and spent, by item and day.
import { LISTED_MAX, RESOURCES_MAX } from '../../contract/report-limits.ts'
import type { Database } from '../postgres/database.ts'
import { notCounted } from './data-quality.ts'
import { DAYS, type DayRange } from './day-range.ts'
import { readOneJson } from './read-json.ts'

const NOT_COUNTED = notCounted('resource_source', 'resource_sink')

/** @returns Resources as JSON */
export function readResources(database: Database, gameId: number, { from, to }: DayRange): Promise<string> {
  return readOneJson(
    database,
    `with moved as materialized (
       select * from playtrace.resource_days where game_id = $1 and day between $2::date and $3::date
     ),
     resources as (
       select resource, ${SUMS}, sum(events) as events
       from moved group by resource order by events desc, resource limit ${RESOURCES_MAX}
     )
     select json_build_object('resources', coalesce(json_agg(json_build_object(
       'resource', resource, 'source', source, 'sink', sink, 'net', source - sink, 'items', (${ITEMS}), 'days', (${BY_DAY})
     ) order by events desc, resource), '[]'), 'not_counted', (${NOT_COUNTED}))::text as json
     from resources`,
    [gameId, from, to],
  )
}

const SUMS = `coalesce(sum(amount) filter (where direction = 'source'), 0) as source,
  coalesce(sum(amount) filter (where direction = 'sink'), 0) as sink`

const ITEMS = `
  select json_agg(by_item order by amount desc, item, direction)
  from (
    select item, direction, sum(amount) as amount, sum(events) as events
    from moved where moved.resource = resources.resource
    group by item, direction order by amount desc, item, direction limit ${LISTED_MAX}
  ) as by_item`

const BY_DAY = `
  select json_agg(json_build_object('day', day, 'source', coalesce(of_day.source, 0), 'sink', coalesce(of_day.sink, 0)) order by day)
  from ${DAYS} as days
  left join (
    select day, ${SUMS} from moved where moved.resource = resources.resource group by day
  ) as of_day using (day)`
