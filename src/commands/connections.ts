// How a command finds the database, the queue, or a running server.
import { type Config, ConfigError } from '../config.ts'
import { findEmbeddedPostgres } from '../embedded-postgres/embedded-postgres.ts'
import { type Database, type DatabaseOptions, openDatabase } from '../storage/postgres/database.ts'
import { cannotUse, refuseUnfitDatabase } from './check-database.ts'
import { storedKeys } from './data-dir.ts'

/** @throws ConfigError if DATABASE_URL is not set and no embedded database runs, or the data folder cannot be read */
export async function databaseUrlOf(config: Config): Promise<string> {
  const url = config.databaseUrl ?? (await findEmbeddedPostgres(config.dataDir).catch(unreadable))
  if (url) return url
  throw new ConfigError(
    `DATABASE_URL is not set, and no embedded database runs in ${config.dataDir}. Set DATABASE_URL, or run \`npm start\` first.`,
  )
}

function unreadable(cause: Error): never {
  throw new ConfigError(cause.message, { cause })
}

/** Without QUEUE_URL, the queue is in the database. */
export async function queueUrlOf(config: Config): Promise<string> {
  return config.queueUrl ?? (await databaseUrlOf(config))
}

/**
 * Opens one connection to the database and closes it after `work`.
 * @throws ConfigError if this release cannot use the database, or cannot reach it
 */
export async function withDatabase<T>(
  url: string,
  options: Pick<DatabaseOptions, 'name' | 'queryTimeoutMs'>,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const { isMigrated } = await refuseUnfitDatabase(url).catch(cannotUse('database'))
  if (!isMigrated) throw new ConfigError('The database has no tables of Playtrace. Run `playtrace migrate` first.')
  const reportError = (error: Error) => console.error(error.message)
  const database = openDatabase(url, { ...options, connectionsMax: 1, reportError })
  try {
    return await work(database).catch(cannotUse('database'))
  } finally {
    await database.end()
  }
}

/** The loopback address for each address that means "every address of this machine". */
const LOOPBACK_OF: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }

/** The URL by which this machine reaches a server that listens on a host and port. */
export function originOf(host: string, port: number): string {
  return `http://${LOOPBACK_OF[host] ?? (host.includes(':') ? `[${host}]` : host)}:${port}`
}

export interface ServerOptions {
  url?: string
  key?: string
}

/**
 * @param kind of the variable and the stored key that are used if no key is given. A given key may have another kind
 * @throws ConfigError if no key is given or stored in the data folder
 */
export async function serverOf(
  config: Config,
  options: ServerOptions,
  kind: 'write' | 'admin' = 'write',
): Promise<{ url: string; key: string }> {
  if (options.url !== undefined && !/^https?:\/\/[^/]/.test(options.url))
    throw new ConfigError(`--url must be an address such as http://127.0.0.1:3000; it is ${options.url}.`)
  const given = options.key ?? (kind === 'write' ? config.writeKey : config.adminKey)
  const key = given ?? (await storedKeys(config.dataDir).catch(unreadable))?.[`${kind}_key`]
  if (!key) {
    const variable = `PLAYTRACE_${kind.toUpperCase()}_KEY`
    throw new ConfigError(
      `No ${kind} key found in the data folder ${config.dataDir}. Give one with --key or ${variable}.`,
    )
  }
  return { url: options.url ?? originOf(config.host, config.port), key }
}
