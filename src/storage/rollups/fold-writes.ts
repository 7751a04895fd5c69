// The fold: takes writes that are not in the rollups yet, and adds their events, in one transaction.
import type { PoolClient } from 'pg'
import type { Database } from '../postgres/database.ts'
import { inTransaction } from '../postgres/transaction.ts'
import { foldDays, foldPlayers, prepareFold, tryFoldLock } from './fold.ts'
import { addRejectionDays } from './fold-days.ts'
import { readEventsOfWrites } from './folded-events.ts'

/**
 * What one transaction takes: fewer would pay for each player's rows more often, and more would not fit into the memory of
 * temporary tables (`temp_buffers`, 8 MB), and be written to files.
 */
const FOLD_WRITES_MAX = 2_000
const FOLD_EVENTS_MAX = 40_000

export interface Folded {
  writes: number
  events: number
  /** There may be more to fold. */
  more: boolean
}

const NOTHING: Folded = { writes: 0, events: 0, more: false }

/** @throws StorageError; nothing was folded then */
export function foldWrites(database: Database): Promise<Folded> {
  return inTransaction(database, async (client) => {
    if (!(await tryFoldLock(client))) return NOTHING
    await prepareFold(client)
    return foldNext(client)
  })
}

export async function countUnrolledWrites(database: Database): Promise<number> {
  const { rows } = await database.query('select count(*)::integer as writes from playtrace.unrolled_writes')
  return rows[0].writes
}

/** The oldest writes, as many as one fold takes. */
async function foldNext(client: PoolClient): Promise<Folded> {
  await addRejectionDays(client)
  const taken = await takeWrites(client)
  if (!taken) return NOTHING
  await readEventsOfWrites(client, taken.writeIds)
  await foldPlayers(client)
  await foldDays(client)
  return { writes: taken.writeIds.length, events: taken.events, more: taken.isFull }
}

async function takeWrites(
  client: PoolClient,
): Promise<{ writeIds: string[]; events: number; isFull: boolean } | undefined> {
  const { rows } = await client.query(
    `with oldest as (
       select write_id, sum(events) over (order by write_id) - events as events_before
       from (select write_id, events from playtrace.unrolled_writes order by write_id limit $1) as first
     ),
     taken as (
       delete from playtrace.unrolled_writes
       where write_id in (select write_id from oldest where events_before < $2)
       returning write_id, events
     )
     select array_agg(write_id::text) as ids, coalesce(sum(events), 0)::integer as events,
       count(*) = $1 or sum(events) >= $2 as is_full
     from taken`,
    [FOLD_WRITES_MAX, FOLD_EVENTS_MAX],
  )
  const { ids, events, is_full } = rows[0]
  return ids && { writeIds: ids, events, isFull: is_full }
}
