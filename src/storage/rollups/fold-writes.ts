// The fold: takes writes that are not in the rollups yet, and adds their events, in one transaction.
import type { PoolClient } from 'pg'
import type { Database } from '../postgres/database.ts'
import { inTransaction } from '../postgres/transaction.ts'
import { addFoldedEvents, FOLD_LOCK, holdPartitions, prepareFold } from './fold.ts'
import { ADD_REJECTION_DAYS } from './fold-days.ts'
import { readEventsOfWrites } from './folded-events.ts'

/**
 * Limits of one fold. Smaller folds would update each player's rows more often. Larger folds would not fit into the memory
 * of temporary tables (`temp_buffers`, 8 MB) and would be written to files.
 */
export const FOLD_WRITES_MAX = 2_000
const FOLD_EVENTS_MAX = 40_000

export interface Folded {
  writes: number
  events: number
  /** There may be more to fold. */
  more: boolean
}

/**
 * Folds the oldest writes. Folds nothing while another process folds.
 * @param onTaken receives the ids of the writes before their events are added
 * @throws StorageError; nothing was folded then
 */
export function foldWrites(
  database: Database,
  writesMax = FOLD_WRITES_MAX,
  onTaken: (writeIds: string[]) => void = () => {},
): Promise<Folded> {
  return inTransaction(database, async (client) => {
    const { rows } = await client.query(`select pg_try_advisory_xact_lock(${FOLD_LOCK}) as is_locked`)
    if (!rows[0].is_locked) return { writes: 0, events: 0, more: false }
    await holdPartitions(client)
    await prepareFold(client)
    await client.query(ADD_REJECTION_DAYS)
    const { write_ids, events, more } = await takeWrites(client, writesMax)
    onTaken(write_ids)
    if (events > 0) {
      await readEventsOfWrites(client, write_ids)
      await addFoldedEvents(client)
    }
    return { writes: write_ids.length, events, more }
  })
}

export async function countUnrolledWrites(database: Database): Promise<number> {
  const { rows } = await database.query(
    'select count(*)::integer as writes from playtrace.unrolled_writes where set_aside_at is null',
  )
  return rows[0].writes
}

/** Leaves the write out of the next folds. Its events are in no report until it is tried again, or until a rebuild. */
export async function setWriteAside(database: Database, writeId: string): Promise<void> {
  await database.query('update playtrace.unrolled_writes set set_aside_at = now() where write_id = $1', [writeId])
}

/** A slow hour of the database may have been the cause. */
export async function retryWritesSetAside(database: Database): Promise<void> {
  await database.query(
    `update playtrace.unrolled_writes set set_aside_at = null where set_aside_at < now() - interval '1 hour'`,
  )
}

export interface SetAside {
  writes: number
  events: number
}

export async function countSetAside(database: Database): Promise<SetAside> {
  const { rows } = await database.query<SetAside>(
    `select count(*)::integer as writes, coalesce(sum(events), 0)::integer as events
     from playtrace.unrolled_writes where set_aside_at is not null`,
  )
  return rows[0] ?? { writes: 0, events: 0 }
}

async function takeWrites(
  client: PoolClient,
  writesMax: number,
): Promise<{ write_ids: string[]; events: number; more: boolean }> {
  const { rows } = await client.query(
    `with oldest as (
       select write_id, sum(events) over (order by write_id) - events as events_before
       from (
         select write_id, events from playtrace.unrolled_writes where set_aside_at is null order by write_id limit $1
       ) as first
     ),
     taken as (
       delete from playtrace.unrolled_writes
       where write_id in (select write_id from oldest where events_before < $2)
       returning write_id, events
     )
     select coalesce(array_agg(write_id::text), '{}') as write_ids, coalesce(sum(events), 0)::integer as events,
       coalesce(count(*) = $1 or sum(events) >= $2, false) as more
     from taken`,
    [writesMax, FOLD_EVENTS_MAX],
  )
  return rows[0]
}
