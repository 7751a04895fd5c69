// `playtrace migrate`: updates the schema of the database and the queue, and adds the keys from variables.
import { type Config, ConfigError } from '../config.ts'
import { migrateQueue } from '../queue/bullmq-queue.ts'
import { ensureGame, ensureKey } from '../storage/games/games.ts'
import { isFromBeforeRelease, migrateDatabase } from '../storage/postgres/migrate.ts'
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
  console.log(
    applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'The schema is current. Nothing was applied.',
  )
}

/**
 * Safe to repeat, and to run in several processes at the same time.
 * @returns the names of the migrations that this call applied
 */
export async function prepareStores(
  databaseUrl: string,
  queueUrl: string,
  keys: FirstKeys,
): Promise<string[]> {
  await refuseOldDatabase(databaseUrl)
  const applied = await migrateDatabase(databaseUrl).catch(failPreparing('database'))
  await migrateQueue(queueUrl).catch(failPreparing('queue'))
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

/** @throws ConfigError if an unreleased version created the database */
export async function refuseOldDatabase(databaseUrl: string): Promise<void> {
  if (await isFromBeforeRelease(databaseUrl).catch(failPreparing('database')))
    throw new ConfigError(
      'This database was created by an earlier, unreleased version of Playtrace. ' +
        'Use a new database or set PLAYTRACE_DATA_DIR to a new folder.',
    )
}

function failPreparing(store: string) {
  return (cause: Error): never => {
    throw new Error(`Cannot prepare the ${store}: ${cause.message}`, { cause })
  }
}
