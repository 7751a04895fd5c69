// What `api` and `worker` both open first: the log, the drain on a signal, the database and the queue. A process starts while
// a store is away, and tries to reach it until it succeeds.
import cluster from 'node:cluster'
import { pino } from 'pino'
import type { Config } from '../config.ts'
import { closeOnSignal, Lifecycle } from '../lifecycle.ts'
import { openBullmqQueue } from '../queue/bullmq-queue.ts'
import { deferredQueue } from '../queue/deferred-queue.ts'
import { openDatabase } from '../storage/postgres/database.ts'
import { warnOrRefuse, weaknessesOfDatabase, weaknessesOfQueue } from './check-durability.ts'
import { databaseUrlOf, queueUrlOf } from './connections.ts'
import { refuseOldDatabase } from './migrate.ts'
import { errorReporter } from './report-errors.ts'
import { whenReached } from './when-reached.ts'

export type OpenProcess = Awaited<ReturnType<typeof openProcess>>

/** @throws ConfigError if the URL of the database or the queue is not set */
export async function openProcess(config: Config, name: 'api' | 'worker', connectionsMax: number) {
  const log = pino({ level: config.logLevel, name })
  const lifecycle = new Lifecycle()
  const ending = closeOnSignal(lifecycle, config.shutdownTimeoutMs + config.shutdownDelayMs, log)
  const reportError = errorReporter(log)
  const databaseUrl = await databaseUrlOf(config)
  const queueUrl = await queueUrlOf(config)
  const stores = { databaseUrl, queueUrl }
  const database = openDatabase(databaseUrl, { name, connectionsMax, reportError })
  lifecycle.onClose('database', () => database.end())

  // The parent has verified the stores for the children of `start`.
  const verifies = cluster.isPrimary
  const reachDatabase = async () => {
    await database.query('select 1')
    if (!verifies) return true
    await refuseOldDatabase(databaseUrl)
    warnOrRefuse(config, await weaknessesOfDatabase(stores), log)
    return true
  }
  const openQueue = async () => {
    const opened = await openBullmqQueue(queueUrl, reportError, {
      connectionsMax: config.queueConnectionsMax,
      replicasMin: config.queueReplicasMin,
    })
    // Before the first event is accepted.
    if (verifies) warnOrRefuse(config, await weaknessesOfQueue(config, stores, opened.redis), log)
    return opened
  }
  const reached = <T>(attempt: () => Promise<T>): Promise<T | undefined> => {
    const reaching = whenReached(attempt, ending.asked, reportError)
    reaching.catch((error: Error) => ending.fail(error.message))
    return reaching
  }
  const queue = deferredQueue(queueUrl, reached(openQueue))
  lifecycle.onClose('queue', () => queue.close())
  const databaseReached = reached(reachDatabase)
  return {
    log,
    lifecycle,
    ending: ending.asked,
    reportError,
    database,
    databaseUrl,
    databaseReached,
    queue,
    queueUrl,
  }
}
