// What `api` and `worker` both open first: the log, the drain on a signal, the database and the queue.
import cluster from 'node:cluster'
import { pino } from 'pino'
import type { Config } from '../config.ts'
import { closeOnSignal, Lifecycle } from '../lifecycle.ts'
import { openBullmqQueue } from '../queue/bullmq-queue.ts'
import { openDatabase } from '../storage/postgres/database.ts'
import { checkDurability } from './check-durability.ts'
import { databaseUrlOf, queueUrlOf } from './connections.ts'
import { refuseOldDatabase } from './migrate.ts'

export type OpenProcess = Awaited<ReturnType<typeof openProcess>>

/** @throws ConfigError if the database or queue is not set, is of an unreleased version, or fails REQUIRE_DURABLE=1 */
export async function openProcess(config: Config, name: 'api' | 'worker', connectionsMax: number) {
  const log = pino({ level: config.logLevel, name })
  const lifecycle = new Lifecycle()
  closeOnSignal(lifecycle, config.shutdownTimeoutMs, log)
  /** Logs an error that happens outside of any call, such as a dropped connection. */
  const reportError = (error: Error) => log.error(error)

  const databaseUrl = await databaseUrlOf(config)
  const queueUrl = await queueUrlOf(config)
  // The parent has already verified this for the children of `start`.
  if (cluster.isPrimary) {
    await refuseOldDatabase(databaseUrl)
    await checkDurability(config, { databaseUrl, queueUrl }, log)
  }
  const database = openDatabase(databaseUrl, { name, connectionsMax, reportError })
  lifecycle.onClose('database', () => database.end())
  const queue = await openBullmqQueue(queueUrl, reportError)
  lifecycle.onClose('queue', () => queue.close())
  return { log, lifecycle, reportError, database, databaseUrl, queue, queueUrl }
}
