// Rollups of a database that has events from before there were rollups.
import type { PoolClient } from 'pg'
import type { Database } from '../postgres/database.ts'
import { inTransaction } from '../postgres/transaction.ts'
import { tryFoldLock } from './fold.ts'
import { type RebuildOptions, rebuildAll } from './rebuild.ts'

/**
 * Makes them where there are none and should be.
 * @returns false: another process folds or rebuilds, and this one cannot tell
 * @throws StorageError; nothing was changed then
 */
export function fillRollups(database: Database, options: RebuildOptions): Promise<boolean> {
  return inTransaction(database, async (client) => {
    if (!(await tryFoldLock(client))) return false
    if (await areMissing(client)) await rebuildAll(client, options)
    return true
  })
}

async function areMissing(client: PoolClient): Promise<boolean> {
  const { rows } = await client.query(`
    select case when exists (select from playtrace.players) then false
      else exists (select from playtrace.events where write_id is null) end as are_missing`)
  return rows[0].are_missing
}
