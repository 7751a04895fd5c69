// Refuses a database that this release cannot use, and says why a store cannot be used, in one sentence for the user.
import packageJson from '../../package.json' with { type: 'json' }
import { ConfigError } from '../config.ts'
import { reasonOf } from '../error-reason.ts'
import { QueueUnavailable } from '../queue/event-queue.ts'
import { compareReleases, readSchemaState } from '../storage/postgres/migrate.ts'

/**
 * @throws ConfigError if this release cannot use the database
 * @throws StorageError if the database is away
 */
export async function refuseUnfitDatabase(databaseUrl: string): Promise<{ isMigrated: boolean }> {
  const { encoding, isMigrated, isFromBeforeRelease, oldestRelease } = await readSchemaState(databaseUrl)
  if (encoding !== 'UTF8')
    throw new ConfigError(
      `The database has the encoding ${encoding}, which cannot store every character. Use a database that was created with encoding 'UTF8'.`,
    )
  if (isFromBeforeRelease)
    throw new ConfigError(
      'This database was created by an earlier, unreleased version of Playtrace. ' +
        'Use a new database or set PLAYTRACE_DATA_DIR to a new folder.',
    )
  if (oldestRelease !== undefined && compareReleases(packageJson.version, oldestRelease) < 0)
    throw new ConfigError(
      `A newer release has migrated this database. This is release ${packageJson.version}. Update Playtrace to release ${oldestRelease} or newer.`,
    )
  return { isMigrated }
}

/** For `catch`: makes an error of a store a sentence that names the variable. Never shows the URL, which has a password. */
export function cannotUse(store: 'database' | 'queue') {
  return (cause: Error): never => {
    if (cause instanceof ConfigError || isDefect(cause)) throw cause
    const variable = store === 'database' ? 'DATABASE_URL' : 'QUEUE_URL'
    const reason = cause instanceof QueueUnavailable ? reasonOf(cause) : `Cannot use the ${store}: ${reasonOf(cause)}`
    throw new ConfigError(`${reason}. Check ${variable}.`, { cause })
  }
}

const isDefect = (error: Error) => [TypeError, RangeError, ReferenceError].some((kind) => error instanceof kind)
