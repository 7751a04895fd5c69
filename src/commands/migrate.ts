// `playtrace migrate`: updates the schema of the database and the queue, and adds the keys from variables.
import type { Config } from '../config.ts'
import { migrateQueue } from '../queue/bullmq-queue.ts'
import { ensureGame, ensureKey } from '../storage/games/games.ts'
import { migrateDatabase } from '../storage/postgres/migrate.ts'
import { cannotUse, refuseUnfitDatabase } from './check-database.ts'
import { databaseUrlOf, queueUrlOf, withDatabase } from './connections.ts'
import { FIRST_GAME } from './data-dir.ts'

/** The label of keys from variables. A new key with this label revokes the previous one. */
export const KEYS_BY_VARIABLE = 'by variable'

export interface FirstKeys {
  write: string | undefined
  admin: string | undefined
  label: string
}

export async function migrate(config: Config): Promise<void> {
  const databaseUrl = await databaseUrlOf(config)
  const applied = await prepareStores(databaseUrl, await queueUrlOf(config), {
    write: config.writeKey,
    admin: config.adminKey,
    label: KEYS_BY_VARIABLE,
  })
  console.log(applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'The schema is current. Nothing was applied.')
}

/**
 * Safe to repeat, and to run in several processes at the same time.
 * @returns the names of the migrations that this call applied
 */
export async function prepareStores(databaseUrl: string, queueUrl: string, keys: FirstKeys): Promise<string[]> {
  await refuseUnfitDatabase(databaseUrl).catch(cannotUse('database'))
  const applied = await migrateDatabase(databaseUrl, console.error).catch(cannotUse('database'))
  await migrateQueue(queueUrl).catch(cannotUse('queue'))
  await withDatabase(databaseUrl, { name: 'migrate' }, async (database) => {
    const gameId = await ensureGame(database, FIRST_GAME)
    for (const kind of ['write', 'admin'] as const) {
      const key = keys[kind]
      if (key && !(await ensureKey(database, { gameId, kind, key, label: keys.label }))) {
        console.error(
          `The ${kind} key was revoked and stays revoked. Change PLAYTRACE_${kind.toUpperCase()}_KEY, or delete keys.json in the data folder to generate new keys.`,
        )
      }
    }
  })
  return applied
}
