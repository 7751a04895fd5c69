// Makes the rollups anew from the stored events, with the statements that keep them, in one transaction: readers see the
// old ones until it ends. What is stored meanwhile waits in `unrolled_writes` and is folded after it.
import type { PoolClient } from 'pg'
import type { Database } from '../postgres/database.ts'
import { inTransaction } from '../postgres/transaction.ts'
import { FOLD_LOCK, foldDays, foldPlayers, prepareFold } from './fold.ts'
import { clearFoldTables, readEventsOfPlayers, readEventsOfStretch } from './folded-events.ts'
import { clearPlayers, findPlayers } from './rebuilt-players.ts'
import { type Days, dayIsWithin, findStretches, timeIsWithin } from './stretches.ts'

export interface RebuildOptions {
  /** Aborted, it throws, and changes nothing. */
  stop: AbortSignal
  /** Events, and in a range of days players too. */
  onProgress: (done: number, total: number) => void
}

const DAY_TABLES = ['level_days', 'level_seconds', 'resource_days', 'mismatch_days']
const PLAYER_TABLES = ['players', 'player_days', 'player_names', 'sessions', 'purchases', 'payer_days']
export const ROLLUP_TABLES = ['event_times', 'hourly_events', ...DAY_TABLES, ...PLAYER_TABLES]

/**
 * Waits for the fold in hand, and keeps others from folding.
 * @param days absent: all that is stored
 * @throws StorageError; nothing was changed then
 */
export function rebuildRollups(
  database: Database,
  days: Days | undefined,
  options: RebuildOptions,
): Promise<void> {
  return inTransaction(database, async (client) => {
    await client.query(`select pg_advisory_xact_lock(${FOLD_LOCK})`)
    await (days ? rebuildDays(client, days, options) : rebuildAll(client, options))
  })
}

/** The caller's transaction holds the lock. */
export async function rebuildAll(client: PoolClient, { stop, onProgress }: RebuildOptions): Promise<void> {
  for (const table of ['unrolled_writes', ...ROLLUP_TABLES]) {
    await client.query(`delete from playtrace.${table}`)
  }
  const { stretches, events } = await findStretches(client, { from: undefined, to: undefined })
  await prepareFold(client)
  let done = 0
  for (const stretch of stretches) {
    stop.throwIfAborted()
    onProgress(done, events)
    await clearFoldTables(client)
    await readEventsOfStretch(client, stretch)
    await foldPlayers(client)
    await foldDays(client)
    done += stretch.events
  }
  onProgress(done, events)
}

/** What these days' events say, and all that is known of the players who were, or now are, active in them. */
async function rebuildDays(
  client: PoolClient,
  days: Days,
  { stop, onProgress }: RebuildOptions,
): Promise<void> {
  const { stretches, events } = await findStretches(client, days)
  const groups = await findPlayers(client, days)
  const total = groups.reduce((sum, { players }) => sum + players, events)
  await clearDays(client, days)
  await prepareFold(client)
  let done = 0
  for (const stretch of stretches) {
    stop.throwIfAborted()
    onProgress(done, total)
    await clearFoldTables(client)
    await readEventsOfStretch(client, stretch)
    await foldDays(client)
    done += stretch.events
  }
  for (const { group, players } of groups) {
    stop.throwIfAborted()
    onProgress(done, total)
    await clearFoldTables(client)
    await clearPlayers(client, group)
    await readEventsOfPlayers(client, group)
    await foldPlayers(client)
    done += players
  }
  onProgress(done, total)
}

async function clearDays(client: PoolClient, { from, to }: Days): Promise<void> {
  await client.query(`delete from playtrace.hourly_events where ${timeIsWithin('hour')}`, [from, to])
  for (const table of DAY_TABLES) {
    await client.query(`delete from playtrace.${table} where ${dayIsWithin('day')}`, [from, to])
  }
}
