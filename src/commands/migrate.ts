// `playtrace migrate`: brings database and queue to this release's schema, and the keys given by variable into force.
import { type Config, ConfigError } from '../config.ts'
import { migrateQueue } from '../queue/bullmq-queue.ts'
import { ensureGame, ensureKey } from '../storage/games/games.ts'
import { openDatabase } from '../storage/postgres/database.ts'
import { isFromBeforeRelease, migrateDatabase } from '../storage/postgres/migrate.ts'
import { databaseUrlOf, queueUrlOf } from './connections.ts'
import { FIRST_GAME } from './data-dir.ts'

/** A variable that was changed takes the key that it held before out of force. */
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
    applied.length > 0 ? `applied ${applied.join(', ')}` : 'nothing to apply: the schema is current',
  )
}

/**
 * Safe to run again, and in several processes at once.
 * @returns the names of the migrations that were applied now
 */
export async function prepareStores(
  databaseUrl: string,
  queueUrl: string,
  keys: FirstKeys,
): Promise<string[]> {
  await refuseOldDatabase(databaseUrl)
  const applied = await migrateDatabase(databaseUrl).catch(sayingOf('database'))
  await migrateQueue(queueUrl).catch(sayingOf('queue'))
  const database = openDatabase(databaseUrl, {
    name: 'migrate',
    connectionsMax: 1,
    reportError: (error) => console.error(error.message),
  })
  try {
    const gameId = await ensureGame(database, FIRST_GAME)
    for (const kind of ['write', 'admin'] as const) {
      const key = keys[kind]
      if (key && !(await ensureKey(database, { gameId, kind, key, label: keys.label }))) {
        console.error(
          `The ${kind} key was revoked and stays so: change PLAYTRACE_${kind.toUpperCase()}_KEY, or delete keys.json in the data folder to have new ones made.`,
        )
      }
    }
  } finally {
    await database.end()
  }
  return applied
}

/** @throws ConfigError where a version before the first release made the database */
export async function refuseOldDatabase(databaseUrl: string): Promise<void> {
  if (await isFromBeforeRelease(databaseUrl).catch(sayingOf('database')))
    throw new ConfigError(
      'This database was made by an earlier, unreleased version of Playtrace. ' +
        'Use a new database or set PLAYTRACE_DATA_DIR to a new folder.',
    )
}

function sayingOf(store: string) {
  return (cause: Error): never => {
    throw new Error(`The ${store} cannot be prepared: ${cause.message}`, { cause })
  }
}
