// Reads the names of a game's events and the properties of its newest events, with their types and values.
import {
  LISTED_MAX,
  PROPERTIES_MAX,
  PROPERTY_EVENTS_MAX,
  PROPERTY_VALUE_LENGTH_MAX,
  PROPERTY_VALUES_MAX,
} from '../../contract/report-limits.ts'
import type { Database } from '../postgres/database.ts'
import { type DayRange, isWithin } from './day-range.ts'
import { readOneJson } from './read-json.ts'

/** Limit of events that are read to find those of a name. A single hour is always read as a whole. */
const EVENTS_READ_MAX = 50_000

/** @returns SeenProperties as JSON */
export function readProperties(
  database: Database,
  gameId: number,
  { from, to }: DayRange,
  name: string | undefined,
): Promise<string> {
  return readOneJson(
    database,
    `with hourly as materialized (
       select hour, name, events from playtrace.hourly_events where game_id = $1 and ${isWithin('hour')}
     ),
     ${NEWEST_HOURS},
     looked_at as materialized (
       select of_hour.properties
       from newest_hours cross join lateral (
         select corrected_at, properties from playtrace.events
         where game_id = $1 and corrected_at >= hour and corrected_at < hour + interval '1 hour'
           and ($4::text is null or name = $4)
         offset 0 -- makes the planner read hour by hour, and not all hours at once
       ) as of_hour
       order by of_hour.corrected_at desc limit ${PROPERTY_EVENTS_MAX}
     ),
     ${PROPERTIES}
     select json_build_object(
       'names', (${NAMES}),
       'properties', (select coalesce(json_agg(json_build_object('property', property, 'type', type,
         'values', values) order by events desc, property), '[]') from properties),
       'looked_at', (select count(*) from looked_at)
     )::text as json`,
    [gameId, from, to, name ?? null],
  )
}

const NAMES = `
  select coalesce(json_agg(by_name order by events desc, name), '[]')
  from (
    select name, sum(events) as events from hourly group by name order by events desc, name limit ${LISTED_MAX}
  ) as by_name`

/** The newest hours that hold enough events of the name, within the limit of events that are read. */
const NEWEST_HOURS = `
  newest_hours as materialized (
    select hour from (
      select hour, sum(wanted) over newer - wanted as found, sum(events) over newer - events as read
      from (
        select hour, sum(events) as events, sum(events) filter (where $4::text is null or name = $4) as wanted
        from hourly group by hour
      ) as by_hour
      where wanted > 0
      window newer as (order by hour desc)
    ) as cumulated
    where found < ${PROPERTY_EVENTS_MAX} and read < ${EVENTS_READ_MAX}
  )`

/** Objects and arrays have no values here: they are large and rarely repeat. */
const PROPERTIES = `
  found as (
    select key as property, jsonb_typeof(value) as type,
      case when jsonb_typeof(value) in ('string', 'number', 'boolean')
        then left(value #>> '{}', ${PROPERTY_VALUE_LENGTH_MAX}) end as value, count(*) as events
    from looked_at cross join lateral jsonb_each(properties) group by 1, 2, 3
  ),
  listed as (
    select property, json_agg(json_build_object('value', value, 'events', events) order by rank) as values
    from (
      select property, value, sum(events) as events,
        row_number() over (partition by property order by sum(events) desc, value) as rank
      from found where value is not null group by property, value
    ) as ranked
    where rank <= ${PROPERTY_VALUES_MAX} group by property
  ),
  properties as (
    select property, type, events, coalesce(values, '[]') as values
    from (
      select property, case when count(distinct type) = 1 then min(type) else 'mixed' end as type, sum(events) as events
      from found group by property order by events desc, property limit ${PROPERTIES_MAX}
    ) as typed
    left join listed using (property)
  )`
