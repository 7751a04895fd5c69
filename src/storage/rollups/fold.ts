// Adding the events of the temporary table to the rollups, the same way whether they are new or folded again.
import type { PoolClient } from 'pg'
import {
  addEventTimes,
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
  gatherPlayers,
  linkLaterDays,
  moveFirstDays,
  updateKnownPlayers,
} from './fold-players.ts'
import { addPurchases, linkLaterPayerDays } from './fold-purchases.ts'
import { addSessions } from './fold-sessions.ts'
import { makeFoldTables } from './folded-events.ts'

/** Key of the advisory lock: one fold or rebuild at a time, whichever process it runs in. */
export const FOLD_LOCK = `hashtext('playtrace.rollups')`

/** Until the transaction ends. */
export async function tryFoldLock(client: PoolClient): Promise<boolean> {
  const { rows } = await client.query(`select pg_try_advisory_xact_lock(${FOLD_LOCK}) as is_locked`)
  return rows[0].is_locked
}

/**
 * A fold that a crash takes back leaves its writes to be folded again, so its commit waits for no disk. Compiling costs
 * more than it saves. Stored tables are read by index, whatever the planner believes of them: they grow faster than its
 * statistics.
 */
export async function prepareFold(client: PoolClient): Promise<void> {
  await makeFoldTables(client)
  await client.query(
    'set local synchronous_commit = off; set local jit = off; set local enable_seqscan = off',
  )
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
  await linkLaterPayerDays(client)
}

export async function foldDays(client: PoolClient): Promise<void> {
  await addEventTimes(client)
  await addHourlyEvents(client)
  await addLevelDays(client)
  await addLevelSeconds(client)
  await addResourceDays(client)
  await addMismatchDays(client)
}
