// `playtrace worker`: takes batches from the queue and stores them, put together from its parts.
import { constants, setPriority } from 'node:os'
import { watchReadiness } from '../api/operations/readiness.ts'
import type { Config } from '../config.ts'
import { openBullmqQueue } from '../queue/bullmq-queue.ts'
import { fillRollups } from '../storage/rollups/fill-rollups.ts'
import { countUnrolledWrites, foldWrites } from '../storage/rollups/fold-writes.ts'
import { keepUp } from '../storage/upkeep.ts'
import { batchWriter } from '../storage/write-events.ts'
import { startEventWorker } from '../worker/event-worker.ts'
import { keepRollups } from '../worker/keep-rollups.ts'
import { addRollupsGauge, workerMetrics } from '../worker/worker-metrics.ts'
import { openProcess } from './open-process.ts'
import { metricsText, openRegistry } from './process-metrics.ts'
import { withPatientDatabase } from './rollups.ts'
import { tellStarted } from './start/child-processes.ts'

/** Batches in hand at once: the more wait, the more are written in one transaction, and the more memory they take. */
const CONCURRENCY = 8
/** Where storing and acknowledging want the same core, a sender waits for one, and nobody for the other. */
const STORING_PRIORITY = constants.priority.PRIORITY_BELOW_NORMAL
/** For the transactions that are written at once, for the rollups, and for what is done every hour. */
const DATABASE_CONNECTIONS_MAX = 4
const UPKEEP_INTERVAL_MS = 60 * 60 * 1000

export async function worker(config: Config): Promise<void> {
  setPriority(STORING_PRIORITY)
  const { log, lifecycle, reportError, database, databaseUrl, queueUrl } = await openProcess(
    config,
    'worker',
    DATABASE_CONNECTIONS_MAX,
  )
  const quarantine = {
    days: config.quarantineDays,
    eventsMax: config.quarantineEventsMax,
    bytesMax: config.quarantineBytesMax,
  }
  await keepUp(database, quarantine)
  const upkeep = setInterval(() => keepUp(database, quarantine).catch(reportError), UPKEEP_INTERVAL_MS)
  lifecycle.onClose('upkeep', async () => clearInterval(upkeep))

  const rollups = keepRollups({
    fill: (stop) =>
      withPatientDatabase(databaseUrl, (patient) =>
        fillRollups(patient, {
          stop,
          onProgress: (events, total) => log.info({ events, total }, 'making rollups of what is stored'),
        }),
      ),
    fold: () => foldWrites(database),
    reportError,
  })
  lifecycle.onClose('rollups', () => rollups.stop())

  const queue = await openBullmqQueue(queueUrl, reportError)
  lifecycle.onClose('queue', () => queue.close())
  const registry = openRegistry()
  addRollupsGauge(registry, () => countUnrolledWrites(database), reportError)
  const eventWorker = startEventWorker({
    queue,
    write: batchWriter(database),
    concurrency: CONCURRENCY,
    metrics: workerMetrics(registry),
    log,
  })
  lifecycle.onClose('worker', () => eventWorker.stop())

  if (config.workerPort !== undefined) {
    const readiness = watchReadiness(queue, Date.now)
    lifecycle.onClose('readiness', () => readiness.close())
    // Loaded where it is asked for: a worker without a port starts in two thirds of the time.
    const { operationsApp } = await import('../api/app.ts')
    const app = await operationsApp({ log, readiness, metricsText: () => metricsText(registry) })
    lifecycle.onClose('server', () => app.close())
    await app.listen({ host: config.host, port: config.workerPort })
  }
  log.info({ concurrency: CONCURRENCY }, 'worker started')
  tellStarted()
}
