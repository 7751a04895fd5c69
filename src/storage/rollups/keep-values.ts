// Limits the distinct names, platforms and versions that the rollups count by themselves on one day. A sender chooses these texts,
// and each new one is a row of the rollups. `kept_values` has those of each day, in the order of folding; all others are counted
// as OTHER. A rebuild uses the same table, so rebuilt rollups are equal to kept ones.
import type { PoolClient } from 'pg'
import {
  APP_VERSIONS_PER_DAY_MAX,
  NAMES_PER_DAY_MAX,
  OTHER,
  PLATFORMS_PER_DAY_MAX,
} from '../../contract/report-limits.ts'
import { STANDARD_EVENTS } from '../../contract/standard-events.ts'

const STANDARD_NAMES = Object.keys(STANDARD_EVENTS)
  .map((name) => `'${name}'`)
  .join(', ')
/** SQL: reports need the standard events, so their names are kept beyond the limit. */
const isStandard = (row: string) => `(${row}.kind = 'name' and ${row}.value in (${STANDARD_NAMES}))`

/** SQL: true or null. A subquery, so that each value is looked up in the index. */
const isKept = (row: string, kind: string, value: string) => `(
  select true from playtrace.kept_values as kept
  where kept.game_id = ${row}.game_id and kept.day = ${row}.day and kept.kind = ${kind} and kept.value = ${value})`

/** Adds the new values of the folded events while there is room. Of those that come together, the frequent ones come first. */
const KEEP_VALUES = `
  with seen as materialized (
    select game_id, day, kind, value, sum(events) as events
    from (
      select game_id, day, name, platform, app_version, count(*) as events
      from folded_events group by game_id, day, name, platform, app_version
    ) as slices
    cross join lateral (
      values ('name', name), ('platform', platform), ('app_version', app_version)
    ) as given (kind, value)
    where value is not null group by game_id, day, kind, value
  ),
  new as materialized (
    select game_id, day, kind, value, ${isStandard('seen')} as is_standard,
      row_number() over (partition by game_id, day, kind, ${isStandard('seen')} order by events desc, value) as number
    from seen where ${isKept('seen', 'seen.kind', 'seen.value')} is null
  ),
  groups as materialized (
    select game_id, day, kind,
      case kind when 'name' then ${NAMES_PER_DAY_MAX} when 'platform' then ${PLATFORMS_PER_DAY_MAX}
        else ${APP_VERSIONS_PER_DAY_MAX} end
      - (select count(*) from playtrace.kept_values as kept
         where kept.game_id = of_new.game_id and kept.day = of_new.day and kept.kind = of_new.kind
           and not ${isStandard('kept')}) as room
    from (select distinct game_id, day, kind from new) as of_new
  ),
  added as (
    insert into playtrace.kept_values (game_id, day, kind, value)
    select game_id, day, kind, value from new join groups using (game_id, day, kind) where is_standard or number <= room
  )
  select exists (
    select from new join groups using (game_id, day, kind) where not is_standard and number > room
  ) as "hasOthers"`

const keptOrOther = (kind: string) => `
  ${kind} = case when ${kind} is null or ${isKept('folded_events', `'${kind}'`, `folded_events.${kind}`)}
    then ${kind} else '${OTHER}' end`

const NAME_OTHERS = `update folded_events set ${['name', 'platform', 'app_version'].map(keptOrOther).join(', ')}`

/** Replaces the values in `folded_events` that are not kept. */
export async function keepValues(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ hasOthers: boolean }>(KEEP_VALUES)
  if (rows[0]?.hasOthers) await client.query(NAME_OTHERS)
}
