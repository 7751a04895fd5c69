// `playtrace migrate`: updates the schema of the database and the queue, and adds the keys from variables.
import type { Config } from '../config.ts'
import { migrateQueue } from '../queue/bullmq-queue.ts'
import { ensureGame, ensureKey, listKeys } from '../storage/games/games.ts'
import { migrateDatabase } from '../storage/postgres/migrate.ts'
import { cannotUse, refuseUnfitDatabase } from './check-database.ts'
import { databaseUrlOf, queueUrlOf, withDatabase } from './connections.ts'
import { FIRST_GAME } from './data-dir.ts'

/** The label of keys from variables. */
export const KEYS_BY_VARIABLE = 'by variable'

export const NO_KEYS =
  'There is no valid key. Add two keys: `playtrace keys add --game my-game --kind write`, and the same with `--kind admin`.'

export interface FirstKeys {
  write: string | undefined
  admin: string | undefined
  /** The labels of the two keys. A new key replaces the key of the same game, kind and label. */
  labels: { write: string; admin: string }
}

export async function migrate(config: Config): Promise<void> {
  const databaseUrl = await databaseUrlOf(config)
  const applied = await prepareStores(databaseUrl, await queueUrlOf(config), {
    write: config.writeKey,
    admin: config.adminKey,
    labels: { write: KEYS_BY_VARIABLE, admin: KEYS_BY_VARIABLE },
  })
  const keys = await withDatabase(databaseUrl, { name: 'migrate' }, listKeys)
  console.log(applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'The schema is current. Nothing was applied.')
  if (keys.every(({ revoked_at }) => revoked_at !== null)) console.log(NO_KEYS)
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
      if (key && !(await ensureKey(database, { gameId, kind, key, label: keys.labels[kind] }))) {
        console.error(
          `The ${kind} key was revoked and stays revoked. Change PLAYTRACE_${kind.toUpperCase()}_KEY, or delete keys.json in the data folder to generate new keys.`,
        )
      }
    }
  })
  return applied
}
