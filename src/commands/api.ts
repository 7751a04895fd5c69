// `playtrace api`: the HTTP server, put together from its parts.
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
import { openBullmqQueue } from '../queue/bullmq-queue.ts'
import { findEvents } from '../storage/events/find-event.ts'
import { readEvents } from '../storage/events/read-events.ts'
import { keysInForce } from '../storage/games/games.ts'
import { classified } from '../storage/postgres/storage-error.ts'
import { readRejectionGroups, rejectionsToReplay } from '../storage/quarantine/rejection-groups.ts'
import { readRejection, readRejections, rejectionsOfEvent } from '../storage/quarantine/rejections.ts'
import { reportReaders } from '../storage/reports/report-readers.ts'
import { liveSources } from './live-sources.ts'
import { loadSources } from './load-sources.ts'
import { openProcess } from './open-process.ts'
import { metricsText, openRegistry } from './process-metrics.ts'
import { openRateLimitStore } from './rate-limit-store.ts'
import { tellStarted } from './start/child-processes.ts'

/** For the reading routes and the keys; sending needs none. */
const DATABASE_CONNECTIONS_MAX = 5

/** What `npm run build:dashboard` makes. */
const DASHBOARD_DIR = fileURLToPath(new URL('../../dashboard/dist', import.meta.url))

export async function api(config: Config): Promise<void> {
  const { log, lifecycle, reportError, database, queueUrl } = await openProcess(
    config,
    'api',
    DATABASE_CONNECTIONS_MAX,
  )
  const queue = await openBullmqQueue(queueUrl, reportError)
  lifecycle.onClose('queue', () => queue.close())
  const keys = await openKeyRing(() => keysInForce(database), reportError)
  lifecycle.onClose('keys', () => keys.close())
  const readiness = watchReadiness(queue, Date.now)
  lifecycle.onClose('readiness', () => readiness.close())

  const overload = watchOverload({
    ...loadSources(config, queueUrl, queue, lifecycle, reportError),
    enqueue: queue.enqueue,
    limits: config,
    log,
  })
  lifecycle.onClose('overload', () => overload.close())

  const registry = openRegistry()
  addLoadGauges(registry, overload)
  const app = await buildApp({
    log,
    version: packageJson.version,
    keys,
    enqueue: groupRequests(overload.enqueue, uuidV7),
    metrics: apiMetrics(registry, queue, reportError),
    now: Date.now,
    newId: uuidV7,
    readEvents: (gameId, filter, page) => classified(() => readEvents(database, gameId, filter, page)),
    reportReaders: reportReaders(database),
    readRejections: (gameId, page, filter) =>
      classified(() => readRejections(database, gameId, page, filter)),
    readRejectionGroups: (gameId) => classified(() => readRejectionGroups(database, gameId)),
    readRejection: (gameId, id) => classified(() => readRejection(database, gameId, id)),
    rejectionsToReplay: (gameId, selection) =>
      classified(() => rejectionsToReplay(database, gameId, selection)),
    ...(await liveSources(config, queue, lifecycle, reportError)),
    findBatches: queue.findBatches,
    findEvents: (gameId, eventId, time) => classified(() => findEvents(database, gameId, eventId, time)),
    rejectionsOfEvent: (gameId, eventId) => classified(() => rejectionsOfEvent(database, gameId, eventId)),
    rateLimits: {
      perAddress: config.rateLimitPerAddress,
      perKey: config.rateLimitPerKey,
      redis: openRateLimitStore(config.queueUrl, lifecycle, reportError),
    },
    overload,
    readiness,
    metricsText: () => metricsText(registry),
    dashboardDir: DASHBOARD_DIR,
  })
  lifecycle.onClose('server', async () => {
    readiness.drain()
    await app.close()
  })
  await app.listen({ host: config.host, port: config.port })
  tellStarted()
}
