// What `api` and `worker` both open first: the log, the drain on a signal, the database and the queue. A process starts while
// a store is away, and tries to reach it until it succeeds.
import cluster from 'node:cluster'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import type { Config } from '../config.ts'
import { closeOnSignal, Lifecycle } from '../lifecycle.ts'
import { openBullmqQueue } from '../queue/bullmq-queue.ts'
import { deferredQueue } from '../queue/deferred-queue.ts'
import { openDatabase } from '../storage/postgres/database.ts'
import { refuseUnfitDatabase } from './check-database.ts'
import { verifyDatabase, warnOrRefuse, weaknessesOfQueue } from './check-durability.ts'
import { databaseUrlOf, queueUrlOf } from './connections.ts'
import { errorReporter } from './report-errors.ts'
import { whenNpmEnds } from './when-npm-ends.ts'
import { whenReached } from './when-reached.ts'

/** A start waits this long for the first answers of the stores, so that a mistake is shown before anything listens. */
const FIRST_TRY_MS_MAX = 2_000
/** Below the time limit of a query. */
const WRITE_LOCK_MS_MAX = 20_000

export type OpenProcess = Awaited<ReturnType<typeof openProcess>>

/** @throws ConfigError if the URL of a store is not set, or a store refuses this release or fails REQUIRE_DURABLE=1 */
export async function openProcess(config: Config, name: 'api' | 'worker', connectionsMax: number) {
  const log = pino({ level: config.logLevel, name })
  const lifecycle = new Lifecycle()
  const ending = closeOnSignal(lifecycle, config.shutdownTimeoutMs + config.shutdownDelayMs, log)
  if (!process.connected) whenNpmEnds(() => ending.end('npm has ended'))
  const reportError = errorReporter(log)
  const databaseUrl = await databaseUrlOf(config)
  const queueUrl = await queueUrlOf(config)
  const stores = { databaseUrl, queueUrl }
  const isWorker = name === 'worker'
  const lockTimeoutMs = isWorker ? WRITE_LOCK_MS_MAX : undefined
  const database = openDatabase(databaseUrl, { name, connectionsMax, reportError, lockTimeoutMs })
  lifecycle.onClose('database', () => database.end())

  // The parent has verified the settings for the children of `start`.
  const verifies = cluster.isPrimary
  const reachDatabase = async () => {
    await refuseUnfitDatabase(databaseUrl)
    if (verifies) await verifyDatabase(config, stores, log)
    return true
  }
  const reachingDatabase = whenReached(reachDatabase, ending.asked, reportError)
  const openQueue = async () => {
    if (queueUrl === databaseUrl) await reachingDatabase.reached
    const opened = await openBullmqQueue(queueUrl, reportError, {
      connectionsMax: config.queueConnectionsMax,
      // A worker enqueues nothing, so a missing replica is no reason for it to be unready.
      replicasMin: isWorker ? 0 : config.queueReplicasMin,
    })
    if (!verifies) return opened
    try {
      // Before the first event is accepted.
      warnOrRefuse(config, await weaknessesOfQueue(config, stores, opened.redis), log)
    } catch (error) {
      await opened.close()
      throw error
    }
    return opened
  }
  const reachingQueue = whenReached(openQueue, ending.asked, reportError)
  const queue = deferredQueue(queueUrl, reachingQueue.reached, reachingQueue.lastReason)
  lifecycle.onClose('queue', () => queue.close())
  // A store that refuses this release, or is not safe, ends the start. One that is away does not.
  const tried = Promise.all([reachingQueue.tried, reachingDatabase.tried])
  await Promise.race([tried, delay(FIRST_TRY_MS_MAX, undefined, { ref: false })])
  for (const { reached } of [reachingQueue, reachingDatabase])
    reached.catch((error: Error) => ending.fail(error.message))
  const databaseReached = reachingDatabase.reached
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
