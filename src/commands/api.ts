// `playtrace api`: opens the stores, decides who is admitted, builds the HTTP server from both, and listens.
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { v7 as uuidV7 } from 'uuid'
import packageJson from '../../package.json' with { type: 'json' }
import { openKeyRing } from '../api/admission/key-ring.ts'
import { watchOverload } from '../api/admission/overload.ts'
import { buildApp } from '../api/app.ts'
import { groupRequests } from '../api/events/group-requests.ts'
import { addLoadGauges, apiMetrics } from '../api/operations/api-metrics.ts'
import { addReadinessGauges, type Check, queueTakesWrites, watchReadiness } from '../api/operations/readiness.ts'
import { watchStandstill } from '../api/operations/standstill.ts'
import type { Config } from '../config.ts'
import { isPostgresUrl, redisSettings } from '../queue/queue-connection.ts'
import { readBatch } from '../storage/events/batches.ts'
import { addDownload, readDownload, takeDownload } from '../storage/events/downloads.ts'
import { findEvents } from '../storage/events/find-event.ts'
import { readEvents } from '../storage/events/read-events.ts'
import { readWriteWindow } from '../storage/events/write-window.ts'
import { keysInForce } from '../storage/games/games.ts'
import { addSession, deleteSession, readSession } from '../storage/games/sessions.ts'
import { openDatabase } from '../storage/postgres/database.ts'
import { readRejectionGroups, rejectionsToReplay } from '../storage/quarantine/rejection-groups.ts'
import { readRejection, readRejections, rejectionsOfEvent } from '../storage/quarantine/rejections.ts'
import { reportReaders } from '../storage/reports/report-readers.ts'
import { cannotListen } from './cannot-listen.ts'
import { lastKeys } from './last-keys.ts'
import { liveSources } from './live-sources.ts'
import { loadSources } from './load-sources.ts'
import { type OpenProcess, openProcess } from './open-process.ts'
import { metricsText, openRegistry } from './process-metrics.ts'
import { reportStarted } from './start/child-processes.ts'

/** A request waits no longer than this to be counted for the rate limits. After that it is served uncounted. */
const COUNT_TIMEOUT_MS = 250
const KEYS_TIMEOUT_MS = 3_000
/** `npm run build:dashboard` writes this folder. */
const DASHBOARD_DIR = fileURLToPath(new URL('../../dashboard/dist', import.meta.url))

export async function api(config: Config): Promise<void> {
  const opened = await openProcess(config, 'api', config.apiDatabaseConnectionsMax)
  const { log, lifecycle, ending, reportError, queue } = opened
  const admission = await openAdmission(config, opened)

  const registry = openRegistry()
  addLoadGauges(registry, admission.overload)
  const standstill = watchStandstill(queue, Date.now)
  lifecycle.onClose('standstill', () => standstill.close())
  const keysRead: Check = () => (admission.keys.hasKeys() ? [] : ['The keys have not been read yet.'])
  const readiness = watchReadiness([keysRead, queueTakesWrites(queue)], [standstill.check])
  addReadinessGauges(registry, readiness)
  const app = await buildApp({
    log,
    version: packageJson.version,
    trustProxy: config.trustProxy,
    allowedHosts: config.allowedHosts,
    now: Date.now,
    newId: (msecs) => uuidV7({ msecs }),
    ...admission,
    enqueue: groupRequests(admission.overload.enqueue, uuidV7),
    ...readers(opened),
    metrics: apiMetrics(registry, queue, reportError),
    metricsText: () => metricsText(registry),
    readiness,
    dashboardDir: DASHBOARD_DIR,
  })
  if (ending.aborted) return
  lifecycle.onClose('server', async () => {
    readiness.drain()
    // Load balancers see the answer of /readyz in this time, and send no more requests.
    await delay(config.shutdownDelayMs)
    await app.close()
  })
  await app.listen({ host: config.host, port: config.port }).catch(cannotListen('PORT'))
  reportStarted()
}

/** The functions by which the reading routes read. */
function readers(opened: OpenProcess) {
  const { database, queue } = opened
  return {
    readEvents: readEvents.bind(null, database),
    addDownload: addDownload.bind(null, database),
    readDownload: readDownload.bind(null, database),
    takeDownload: takeDownload.bind(null, database),
    findEvents: findEvents.bind(null, database),
    readBatch: readBatch.bind(null, database),
    addSession: addSession.bind(null, database),
    readSession: readSession.bind(null, database),
    deleteSession: deleteSession.bind(null, database),
    readWriteWindow: readWriteWindow.bind(null, database),
    findBatches: queue.findBatches,
    reportReaders: reportReaders(database),
    readRejections: readRejections.bind(null, database),
    readRejectionGroups: readRejectionGroups.bind(null, database),
    readRejection: readRejection.bind(null, database),
    rejectionsToReplay: rejectionsToReplay.bind(null, database),
    rejectionsOfEvent: rejectionsOfEvent.bind(null, database),
    ...liveSources(opened),
  }
}

/** Opens the checks that admit a request: keys, rate limits, budgets and overload. */
async function openAdmission(config: Config, opened: OpenProcess) {
  const { log, lifecycle, reportError, queue } = opened
  const last = lastKeys(queue.redis, config.dataDir)
  // Its own connection, so that a revoked key cannot stay in force by occupying the connections for reading.
  const database = openDatabase(opened.databaseUrl, {
    name: 'api-keys',
    connectionsMax: 1,
    queryTimeoutMs: KEYS_TIMEOUT_MS,
    reportError,
  })
  lifecycle.onClose('database of the keys', () => database.end())
  const keys = await openKeyRing(() => keysInForce(database), last, reportError)
  lifecycle.onClose('keys', () => keys.close())
  const sources = loadSources(config, opened)
  const overload = watchOverload({ ...sources, enqueue: queue.enqueue, limits: config, log })
  lifecycle.onClose('overload', () => overload.close())
  const redis = openCountingStore(opened)
  const rateLimits = { perAddress: config.rateLimitPerAddress, perKey: config.rateLimitPerKey, redis }
  const budgets = { perAddress: config.budgetPerAddress, perGame: config.budgetPerGame, redis }
  return { keys, overload, rateLimits, budgets }
}

/**
 * The Redis in which all API processes count together for the rate limits and the budgets.
 * @returns undefined if the queue is not on Redis; each process then counts alone
 */
function openCountingStore({ queueUrl, lifecycle, reportError }: OpenProcess): Redis | undefined {
  if (isPostgresUrl(queueUrl)) return undefined
  const redis = new Redis(queueUrl, {
    ...redisSettings('playtrace-rate-limits'),
    commandTimeout: COUNT_TIMEOUT_MS,
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    maxRetriesPerRequest: 0,
  })
  redis.on('error', reportError)
  lifecycle.onClose('rate limits', async () => redis.disconnect())
  return redis
}
