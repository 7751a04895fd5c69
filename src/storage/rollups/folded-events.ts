// The temporary tables of a fold, and the statement that reads events into them with the properties that the rollups need.
import type { PoolClient } from 'pg'
import {
  AMOUNT_MINOR_MAX,
  DURATION_MS_MAX,
  LEVEL_MAX,
  LEVEL_TEXT_LENGTH_MAX,
  RESOURCE_AMOUNT_MAX,
  STANDARD_TEXT_LENGTH_MAX,
} from '../../contract/standard-events.ts'

/** The tables belong to the connection, and are emptied at the end of each transaction. */
export const CREATE_FOLD_TABLES = `
  create temporary table if not exists folded_events (
    game_id smallint, player_id text, name text, platform text, app_version text,
    corrected_at timestamptz, day date, identified_at timestamptz, occurred_at timestamptz, event_id uuid, mismatch text,
    level text, seconds integer,
    resource text, item text, amount numeric,
    product_id text, currency text, amount_minor bigint, transaction_id text
  ) on commit delete rows;
  create temporary table if not exists folded_players (
    game_id smallint, player_id text, player_no integer, known_first_day date, known_last_day date,
    first_day date, last_day date, first_seen_at timestamptz, first_purchase_at timestamptz
  ) on commit delete rows`

const number = (key: string) =>
  `case when jsonb_typeof(properties -> '${key}') = 'number' then (properties -> '${key}')::numeric end`
const string = (key: string) =>
  `case when jsonb_typeof(properties -> '${key}') = 'string' then properties ->> '${key}' end`
/** SQL: whether a text is within the limit of docs/events.md, so that an index entry can hold it. */
const key = (text: string) => `length(${text}) between 1 and ${STANDARD_TEXT_LENGTH_MAX}`

/** SQL: the event is a purchase that does not count, because its game counts only those of server keys. */
const IS_LEFT_OUT = `name = 'purchase'
  and game_id = any (array(select game_id from playtrace.games where revenue_from = 'server'))
  and coalesce(key_no <> all (array(select key_no from playtrace.keys where kind = 'server')), true)`

/**
 * Fills `folded_events`. It cannot fail, whatever the properties are: a value that does not fit gives no row of its subquery,
 * and the event counts like any other. `offset 0` separates the inner subquery from the outer one, so that each property is
 * read once, in standard events only, and no value is cast before it is checked. A purchase that is left out has the mismatch ''.
 */
const READ = `
  insert into folded_events
  select game_id, player_id, name, platform, app_version,
    corrected_at, (corrected_at at time zone 'UTC')::date, identified_at, occurred_at, event_id,
    coalesce(mismatch, case when ${IS_LEFT_OUT} then '' end),
    level, seconds, resource, item, amount, product_id, currency, amount_minor, transaction_id
  from playtrace.events
  left join lateral (
    select coalesce(level_number::integer::text, level_text) as level,
      case when name = 'level_complete' and duration_ms between 0 and ${DURATION_MS_MAX}
        then round(duration_ms / 1000)::integer end as seconds
    from (
      select ${number('level')} as level_number, ${string('level')} as level_text, ${number('duration_ms')} as duration_ms
      where name in ('level_start', 'level_fail', 'level_complete') and mismatch is null
      offset 0
    ) as given
    where level_number between 0 and ${LEVEL_MAX} and level_number = trunc(level_number)
      or length(level_text) between 1 and ${LEVEL_TEXT_LENGTH_MAX}
  ) as of_level on true
  left join lateral (
    select resource, case when ${key('item')} then item end as item, amount
    from (
      select ${string('resource')} as resource, ${string('item')} as item, ${number('amount')} as amount
      where name in ('resource_source', 'resource_sink') and mismatch is null
      offset 0
    ) as given
    where ${key('resource')} and amount > 0 and amount <= ${RESOURCE_AMOUNT_MAX}
  ) as of_resource on true
  left join lateral (
    select product_id, currency, given_minor::bigint as amount_minor, transaction_id
    from (
      select ${string('product_id')} as product_id, ${string('currency')} as currency,
        ${number('amount_minor')} as given_minor, ${string('transaction_id')} as transaction_id
      where name = 'purchase' and mismatch is null and not (${IS_LEFT_OUT})
      offset 0
    ) as given
    where ${key('product_id')} and currency ~ '^[A-Z]{3}$'
      and given_minor between -${AMOUNT_MINOR_MAX} and ${AMOUNT_MINOR_MAX} and given_minor = trunc(given_minor)
  ) as of_purchase on true`

export async function readEventsOfWrites(client: PoolClient, writeIds: string[]): Promise<void> {
  await client.query(`${READ} where write_id = any($1::bigint[]) and write_id is not null`, [writeIds])
}

/** A range of time of one game, without `to`. */
export interface Stretch {
  gameId: number
  from: string
  to: string
}

/** SQL: the event's write is not in `unrolled_writes`, where it would wait for a fold of its own. */
export const IS_FOLDED = `not exists (select from playtrace.unrolled_writes as unrolled where unrolled.write_id = events.write_id)`

export async function readEventsOfStretch(client: PoolClient, { gameId, from, to }: Stretch): Promise<void> {
  await client.query(
    `${READ}
     where game_id = $1 and corrected_at >= $2::timestamptz and corrected_at < $3::timestamptz and ${IS_FOLDED}`,
    [gameId, from, to],
  )
}
