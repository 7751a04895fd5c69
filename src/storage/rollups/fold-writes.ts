// The fold: takes writes that are not in the rollups yet, and adds their events, in one transaction.
import type { PoolClient } from 'pg'
import type { Database } from '../database.ts'
import { classified } from '../storage-error.ts'
import { inTransaction } from '../transaction.ts'
import {
  addHourlyEvents,
  addLevelDays,
  addLevelSeconds,
  addMismatchDays,
  addResourceDays,
} from './fold-days.ts'
import {
  addNewPlayers,
  addPlayerDays,
  addPlayerNames,
  addPurchases,
  gatherPlayers,
  linkLaterDays,
  moveFirstDays,
  updateKnownPlayers,
} from './fold-players.ts'
import { addSessions } from './fold-sessions.ts'
import { makeFoldTables, readEventsOfWrites, type Writes } from './folded-events.ts'

/** What one transaction takes: more would hold its rows for longer, fewer would pay its fixed costs more often. */
const FOLD_WRITES_MAX = 2_000
const FOLD_EVENTS_MAX = 50_000

/** One at a time, whichever process it runs in; the key of an advisory lock. */
export const FOLD_LOCK = `hashtext('playtrace.rollups')`

export interface Folded {
  writes: number
  events: number
  /** There may be more to fold. */
  more: boolean
}

const NOTHING: Folded = { writes: 0, events: 0, more: false }

export type FoldWrites = () => Promise<Folded>

/** @throws StorageError; nothing was folded then */
export function foldWrites(database: Database): Promise<Folded> {
  return classified(() =>
    inTransaction(database, async (client) => {
      if (!(await tryLock(client))) return NOTHING
      await prepareFold(client)
      return foldNext(client)
    }),
  )
}

/** The oldest writes, as many as one fold takes. */
export async function foldNext(client: PoolClient): Promise<Folded> {
  const taken = await takeWrites(client)
  if (!taken) return NOTHING
  await makeFoldTables(client)
  await readEventsOfWrites(client, taken)
  await foldPlayers(client)
  await foldDays(client)
  return { writes: taken.ids.length, events: taken.events, more: taken.isFull }
}

/** In this order: days need players, and what links days needs all of them. */
export async function foldPlayers(client: PoolClient): Promise<void> {
  await gatherPlayers(client)
  await addNewPlayers(client)
  await updateKnownPlayers(client)
  await addPlayerDays(client)
  await linkLaterDays(client)
  await moveFirstDays(client)
  await addPlayerNames(client)
  await addSessions(client)
  await addPurchases(client)
}

export async function foldDays(client: PoolClient): Promise<void> {
  await addHourlyEvents(client)
  await addLevelDays(client)
  await addLevelSeconds(client)
  await addResourceDays(client)
  await addMismatchDays(client)
}

async function tryLock(client: PoolClient): Promise<boolean> {
  const { rows } = await client.query(`select pg_try_advisory_xact_lock(${FOLD_LOCK}) as is_locked`)
  return rows[0].is_locked
}

/**
 * A fold that a crash takes back leaves its writes to be folded again, so its commit waits for no disk. Compiling costs
 * more than it saves. Stored tables are read by index, whatever the planner believes of them: they grow faster than its
 * statistics.
 */
export async function prepareFold(client: PoolClient): Promise<void> {
  await client.query(
    'set local synchronous_commit = off; set local jit = off; set local enable_seqscan = off',
  )
}

async function takeWrites(
  client: PoolClient,
): Promise<(Writes & { events: number; isFull: boolean }) | undefined> {
  const { rows } = await client.query(
    `with oldest as (
       select write_id, sum(events) over (order by write_id) - events as events_before
       from (select write_id, events from playtrace.unrolled_writes order by write_id limit $1) as first
     ),
     taken as (
       delete from playtrace.unrolled_writes
       where write_id in (select write_id from oldest where events_before < $2)
       returning write_id, events, first_occurred_at, last_occurred_at
     )
     select array_agg(write_id::text) as ids, coalesce(sum(events), 0)::integer as events,
       min(first_occurred_at)::text as first, max(last_occurred_at)::text as last,
       count(*) = $1 or sum(events) >= $2 as is_full
     from taken`,
    [FOLD_WRITES_MAX, FOLD_EVENTS_MAX],
  )
  const { ids, events, first, last, is_full } = rows[0]
  return ids && { ids, events, firstOccurredAt: first, lastOccurredAt: last, isFull: is_full }
}
