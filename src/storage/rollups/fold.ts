// Adds the events of the temporary table `folded_events` to the rollups. A fold and a rebuild run the same statements.
import type { PoolClient } from 'pg'
import { FOLD_DAYS } from './fold-days.ts'
import { FOLD_PLAYERS } from './fold-players.ts'
import { FOLD_PURCHASES } from './fold-purchases.ts'
import { ADD_SESSIONS } from './fold-sessions.ts'
import { CREATE_FOLD_TABLES } from './folded-events.ts'
import { keepValues } from './keep-values.ts'

/** SQL: the key of the advisory lock. One fold or rebuild runs at a time, in any process. */
export const FOLD_LOCK = `hashtext('playtrace.rollups')`

/** Sessions and purchases need the numbers of the players. */
const STATEMENTS = [...FOLD_PLAYERS, ADD_SESSIONS, ...FOLD_PURCHASES, ...FOLD_DAYS]

/**
 * The commit does not wait for the disk, because a fold that a crash undoes is folded again. JIT compilation costs more than it
 * saves. Sequential scans are off because the tables grow faster than the planner's statistics.
 */
export async function prepareFold(client: PoolClient): Promise<void> {
  await client.query(CREATE_FOLD_TABLES)
  await client.query('set local synchronous_commit = off; set local jit = off; set local enable_seqscan = off')
}

/**
 * Called before the first statement of a transaction that must see every event. A statement that is planned while a month moves
 * would wait for the move, and then read neither the month's table nor the rows that have left the default partition.
 */
export async function holdPartitions(client: PoolClient): Promise<void> {
  await client.query('lock table playtrace.events_default in access share mode')
}

export async function addFoldedEvents(client: PoolClient): Promise<void> {
  await keepValues(client)
  for (const statement of STATEMENTS) await client.query(statement)
}
