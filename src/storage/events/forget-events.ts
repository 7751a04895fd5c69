// Deletes the stored events that one key sent, in steps: each reads a part of one table in the order of the disk. An index on the
// key would cost every write more than this rare command saves.
import type { PoolClient } from 'pg'
import type { Database } from '../postgres/database.ts'
import { inTransaction } from '../postgres/transaction.ts'
import { TURN } from './partitions.ts'

export interface SentEvents {
  gameId: number
  keyNo: number
  /** The range of received_at, without `to`. Both are texts that PostgreSQL can read. */
  from: string | undefined
  to: string | undefined
}

interface ForgetOptions {
  /** Ends after the step that runs. */
  stop: AbortSignal
  onProgress: (blocks: number, total: number) => void
}

const DEFAULT_TABLE = 'events_default'
/** 8 MiB, so that a step holds its locks for less than a second. */
const STEP_BLOCKS = 1_024

const OF_KEY = `key_no = $1 and received_at >= coalesce($2::timestamptz, '-infinity')
  and received_at < coalesce($3::timestamptz, 'infinity')`

/** The days are those on which reports count the events. */
export async function countSentEvents(
  database: Database,
  { gameId, keyNo, from, to }: SentEvents,
): Promise<{ events: number; players: number; days: number }> {
  const { rows } = await database.query(
    `select count(*)::float8 as events, count(distinct player_id)::float8 as players,
       count(distinct (corrected_at at time zone 'UTC')::date)::float8 as days
     from playtrace.events where game_id = $4 and ${OF_KEY}`,
    [keyNo, from, to, gameId],
  )
  return rows[0]
}

/**
 * The default partition comes first. An event that is moved or copied from it to the table of its month is then either deleted
 * with it, or in a table of the list that is made after that.
 * @returns the number of deleted events. The rollups still contain those that were folded
 */
export async function forgetEvents(
  database: Database,
  sent: SentEvents,
  { stop, onProgress }: ForgetOptions,
): Promise<number> {
  let events = 0
  let done = 0
  let tables = await tablesOfEvents(database)
  const left = () => tables.reduce((sum, { blocks }) => sum + blocks, 0)
  for (let table = tables.shift(); table && !stop.aborted; table = tables.shift()) {
    const { name, blocks, isCopy } = table
    for (let from = 0; from < blocks && !stop.aborted; from += STEP_BLOCKS) {
      onProgress(done + from, done + blocks + left())
      const deleted = await inTransaction(database, (client) => deletePart(client, name, from, sent))
      if (!isCopy) events += deleted
    }
    done += blocks
    if (name === DEFAULT_TABLE) tables = (await tablesOfEvents(database)).slice(1)
  }
  onProgress(done, done + left())
  await inTransaction(database, (client) => cleanUp(client, sent))
  return events
}

/** The rebuild then keeps the names, platforms and versions of the other events, which a flood may have displaced. */
async function cleanUp(client: PoolClient, { gameId }: SentEvents): Promise<void> {
  // A month that moves meanwhile would be missing in the statement below.
  await client.query('lock table playtrace.events_default in access share mode')
  // Nothing is left for the fold of such a write, and a write that was set aside is not shown for ever.
  await client.query(
    'delete from playtrace.unrolled_writes as noted where not exists (select from playtrace.events where events.write_id = noted.write_id)',
  )
  await client.query('delete from playtrace.kept_values where game_id = $1', [gameId])
}

interface Table {
  name: string
  blocks: number
  /** The table is not attached, so its rows are copies of rows that the default partition has, or had before this began. */
  isCopy: boolean
}

/** @returns the default partition first, then the attached months and those that are not attached yet */
async function tablesOfEvents(database: Database): Promise<Table[]> {
  const { rows } = await database.query<Table>(
    `select relname as name, not relispartition as "isCopy",
       ceil(pg_relation_size(oid) / current_setting('block_size')::float8) as blocks
     from pg_class
     where oid in (select inhrelid from pg_inherits where inhparent = 'playtrace.events'::regclass)
       or relkind = 'r' and relnamespace = 'playtrace'::regnamespace
         and relname in (select 'events_' || to_char(month, 'YYYY_MM') from playtrace.months_to_attach)
     order by relname <> '${DEFAULT_TABLE}', relname`,
  )
  return rows
}

/**
 * No month is copied from the default partition while this deletes from it. An event without a time of its own is also
 * forgotten as known, so that it is stored if it is sent again.
 */
async function deletePart(client: PoolClient, table: string, from: number, sent: SentEvents): Promise<number> {
  if (table === DEFAULT_TABLE) await client.query(TURN)
  const { rows } = await client.query<{ events: number }>(
    `with deleted as (
       delete from playtrace.${table}
       where ctid >= '(${from},0)' and ctid < '(${from + STEP_BLOCKS},0)' and ${OF_KEY}
       returning game_id, event_id, identified_at, received_at
     ),
     unmarked as (
       delete from playtrace.undated_events as undated using deleted
       where undated.game_id = deleted.game_id and undated.event_id = deleted.event_id
         and undated.received_at = deleted.received_at and deleted.identified_at = deleted.received_at
     )
     select count(*)::integer as events from deleted`,
    [sent.keyNo, sent.from, sent.to],
  )
  return rows[0]?.events ?? 0
}
