// What `api` and `worker` open first, alike: the log, the drain on a signal, the database and the queue's address.
import cluster from 'node:cluster'
import { type Logger, pino } from 'pino'
import type { Config } from '../config.ts'
import { closeOnSignal, Lifecycle } from '../lifecycle.ts'
import { type Database, openDatabase } from '../storage/postgres/database.ts'
import { checkDurability } from './check-durability.ts'
import { databaseUrlOf, queueUrlOf } from './connections.ts'
import { refuseOldDatabase } from './migrate.ts'

export interface OpenProcess {
  log: Logger
  lifecycle: Lifecycle
  /** For what goes wrong between calls and has no caller to tell. */
  reportError: (error: Error) => void
  database: Database
  databaseUrl: string
  queueUrl: string
}

/** @throws ConfigError where a store is not named, is of an unreleased version, or with REQUIRE_DURABLE=1 is not durable */
export async function openProcess(
  config: Config,
  name: 'api' | 'worker',
  connectionsMax: number,
): Promise<OpenProcess> {
  const log = pino({ level: config.logLevel, name })
  const lifecycle = new Lifecycle()
  closeOnSignal(lifecycle, config.shutdownTimeoutMs, log)
  const reportError = (error: Error) => log.error(error)

  const databaseUrl = await databaseUrlOf(config)
  const queueUrl = await queueUrlOf(config)
  // Under `start`, the parent has verified both for its children.
  if (cluster.isPrimary) {
    await refuseOldDatabase(databaseUrl)
    await checkDurability(config, { databaseUrl, queueUrl }, log)
  }
  const database = openDatabase(databaseUrl, { name, connectionsMax, reportError })
  lifecycle.onClose('database', () => database.end())
  return { log, lifecycle, reportError, database, databaseUrl, queueUrl }
}
