// Where a command finds the database, the queue, or a running server.
import { type Config, ConfigError } from '../config.ts'
import type { KeyKind } from '../contract/key.ts'
import { findEmbeddedPostgres } from '../embedded-postgres/embedded-postgres.ts'
import { storedKeys } from './data-dir.ts'
import { originOf } from './origin.ts'

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

/** @throws ConfigError where no key of that kind is given or kept */
export async function serverOf(
  config: Config,
  options: ServerOptions,
  kind: KeyKind = 'write',
): Promise<{ url: string; key: string }> {
  const given = options.key ?? (kind === 'write' ? config.writeKey : config.adminKey)
  const key = given ?? (await storedKeys(config.dataDir))?.[`${kind}_key`]
  if (!key) {
    const variable = `PLAYTRACE_${kind.toUpperCase()}_KEY`
    throw new ConfigError(
      `There is no ${kind} key: give one with --key or ${variable} (${config.dataDir} holds none).`,
    )
  }
  return { url: options.url ?? originOf(config.host, config.port), key }
}
