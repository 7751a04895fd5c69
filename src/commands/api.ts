// `playtrace api`: opens the stores, decides who is admitted, builds the HTTP server from both, and listens.
import { fileURLToPath } from 'node:url'
import { v7 as uuidV7 } from 'uuid'
import packageJson from '../../package.json' with { type: 'json' }
import { openKeyRing } from '../api/admission/key-ring.ts'
import { watchOverload } from '../api/admission/overload.ts'
import { buildApp } from '../api/app.ts'
import { groupRequests } from '../api/events/group-requests.ts'
import { addLoadGauges, apiMetrics } from '../api/operations/api-metrics.ts'
import { watchReadiness } from '../api/operations/readiness.ts'
import type { Config } from '../config.ts'
import { type BullmqQueue, openBullmqQueue } from '../queue/bullmq-queue.ts'
import { addDownload, takeDownload } from '../storage/events/downloads.ts'
import { findEvents } from '../storage/events/find-event.ts'
import { readEvents } from '../storage/events/read-events.ts'
import { keysInForce } from '../storage/games/games.ts'
import { readRejectionGroups, rejectionsToReplay } from '../storage/quarantine/rejection-groups.ts'
import { readRejection, readRejections, rejectionsOfEvent } from '../storage/quarantine/rejections.ts'
import { reportReaders } from '../storage/reports/report-readers.ts'
import { liveSources } from './live-sources.ts'
import { loadSources } from './load-sources.ts'
import { type OpenProcess, openProcess } from './open-process.ts'
import { metricsText, openRegistry } from './process-metrics.ts'
import { openRateLimitStore } from './rate-limit-store.ts'
import { reportStarted } from './start/child-processes.ts'

/** The reading routes and the keys use them. Sending uses none. */
const DATABASE_CONNECTIONS_MAX = 5
/** `npm run build:dashboard` writes this folder. */
const DASHBOARD_DIR = fileURLToPath(new URL('../../dashboard/dist', import.meta.url))

export async function api(config: Config): Promise<void> {
  const opened = await openProcess(config, 'api', DATABASE_CONNECTIONS_MAX)
  const { log, lifecycle, reportError } = opened
  const { queue, readers } = await openStores(config, opened)
  const admission = await openAdmission(config, opened, queue)

  const registry = openRegistry()
  addLoadGauges(registry, admission.overload)
  const readiness = watchReadiness(queue, Date.now)
  lifecycle.onClose('readiness', () => readiness.close())
  const app = await buildApp({
    log,
    version: packageJson.version,
    now: Date.now,
    newId: uuidV7,
    ...admission,
    enqueue: groupRequests(admission.overload.enqueue, uuidV7),
    ...readers,
    metrics: apiMetrics(registry, queue, reportError),
    metricsText: () => metricsText(registry),
    readiness,
    dashboardDir: DASHBOARD_DIR,
  })
  lifecycle.onClose('server', async () => {
    readiness.drain()
    await app.close()
  })
  await app.listen({ host: config.host, port: config.port })
  reportStarted()
}

/** Opens the queue and the functions by which the reading routes read. */
async function openStores(config: Config, { lifecycle, reportError, database, queueUrl }: OpenProcess) {
  const queue = await openBullmqQueue(queueUrl, reportError)
  lifecycle.onClose('queue', () => queue.close())
  const readers = {
    readEvents: readEvents.bind(null, database),
    addDownload: addDownload.bind(null, database),
    takeDownload: takeDownload.bind(null, database),
    findEvents: findEvents.bind(null, database),
    findBatches: queue.findBatches,
    reportReaders: reportReaders(database),
    readRejections: readRejections.bind(null, database),
    readRejectionGroups: readRejectionGroups.bind(null, database),
    readRejection: readRejection.bind(null, database),
    rejectionsToReplay: rejectionsToReplay.bind(null, database),
    rejectionsOfEvent: rejectionsOfEvent.bind(null, database),
    ...(await liveSources(config, queue, lifecycle, reportError)),
  }
  return { queue, readers }
}

/** Opens the checks that admit a request: keys, rate limits and overload. */
async function openAdmission(config: Config, opened: OpenProcess, queue: BullmqQueue) {
  const { log, lifecycle, reportError, database, queueUrl } = opened
  const keys = await openKeyRing(() => keysInForce(database), reportError)
  lifecycle.onClose('keys', () => keys.close())
  const sources = loadSources(config, queueUrl, queue, lifecycle, reportError)
  const overload = watchOverload({ ...sources, enqueue: queue.enqueue, limits: config, log })
  lifecycle.onClose('overload', () => overload.close())
  const rateLimits = {
    perAddress: config.rateLimitPerAddress,
    perKey: config.rateLimitPerKey,
    redis: openRateLimitStore(config.queueUrl, lifecycle, reportError),
  }
  return { keys, overload, rateLimits }
}
