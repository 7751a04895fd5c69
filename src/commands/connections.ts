// Where a command finds the database, the queue, or a running server.
import { type Config, ConfigError } from '../config.ts'
import { findEmbeddedPostgres } from '../storage/embedded-postgres.ts'
import { storedKeys } from './data-dir.ts'
import { originOf } from './start/greeting.ts'

/** @throws ConfigError where there is neither DATABASE_URL nor a running embedded database */
export async function databaseUrlOf(config: Config): Promise<string> {
  const url = config.databaseUrl ?? (await findEmbeddedPostgres(config.dataDir))
  if (url) return url
  throw new ConfigError(
    `DATABASE_URL is not set, and no embedded database runs in ${config.dataDir}: set it, or run \`npm start\` first.`,
  )
}

/** The database carries the queue unless QUEUE_URL names another place. */
export async function queueUrlOf(config: Config): Promise<string> {
  return config.queueUrl ?? (await databaseUrlOf(config))
}

export interface ServerOptions {
  url?: string
  key?: string
}

/** @throws ConfigError where no write key is given or kept */
export async function serverOf(
  config: Config,
  options: ServerOptions,
): Promise<{ url: string; key: string }> {
  const key = options.key ?? config.writeKey ?? (await storedKeys(config.dataDir))?.write_key
  if (!key) {
    throw new ConfigError(
      `There is no write key: give one with --key or PLAYTRACE_WRITE_KEY (${config.dataDir} holds none).`,
    )
  }
  return { url: options.url ?? originOf(config.host, config.port), key }
}
