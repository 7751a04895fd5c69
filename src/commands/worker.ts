// `playtrace worker`: takes batches from the queue and stores them.
import { constants } from 'node:os'
import { addReadinessGauges, failureOf, queueTakesWrites, watchReadiness } from '../api/operations/readiness.ts'
import type { Config } from '../config.ts'
import { deleteExpiredBatches, deleteExpiredUndatedEvents } from '../storage/events/delete-expired.ts'
import { addMissingPartitions } from '../storage/events/partitions.ts'
import { storeBatches } from '../storage/events/write-events.ts'
import type { Database } from '../storage/postgres/database.ts'
import { verifyWritable } from '../storage/postgres/verify-writable.ts'
import { pruneQuarantine } from '../storage/quarantine/prune-quarantine.ts'
import {
  countSetAside,
  countUnrolledWrites,
  FOLD_WRITES_MAX,
  foldWrites,
  retryWritesSetAside,
  setWriteAside,
} from '../storage/rollups/fold-writes.ts'
import { openEventWorker } from '../worker/event-worker.ts'
import { foldInHalves } from '../worker/fold-in-halves.ts'
import { groupBatches } from '../worker/group-batches.ts'
import { watchPartitions } from '../worker/partition-upkeep.ts'
import { startRollupWorker } from '../worker/rollup-worker.ts'
import { startUpkeep, type UpkeepTask } from '../worker/upkeep.ts'
import { addRollupsGauge, workerMetrics } from '../worker/worker-metrics.ts'
import { cannotListen } from './cannot-listen.ts'
import { openProcess } from './open-process.ts'
import { metricsText, openRegistry } from './process-metrics.ts'
import { reportStarted } from './start/child-processes.ts'
import { lowerPriority } from './start/lower-priority.ts'

/** Batches in progress at the same time. More of them share one transaction, but take more memory. */
const CONCURRENCY = 8
/** A client waits for the API's acknowledgement but not for the worker, so the API goes first when they compete for a core. */
const STORING_PRIORITY = constants.priority.PRIORITY_BELOW_NORMAL
const MINUTE_MS = 60_000

export async function worker(config: Config): Promise<void> {
  const opened = await openProcess(config, 'worker', config.workerDatabaseConnectionsMax)
  const { log, lifecycle, ending, reportError, database, queue } = opened
  lowerPriority(STORING_PRIORITY, reportError)
  const registry = openRegistry()
  addRollupsGauge(registry, () => countUnrolledWrites(database), reportError)
  const eventWorker = openEventWorker({
    queue,
    write: groupBatches(storeBatches(database)),
    concurrency: CONCURRENCY,
    metrics: workerMetrics(registry),
    log,
  })
  lifecycle.onClose('worker', () => eventWorker.stop())
  const databaseTakesWrites = () => failureOf(verifyWritable(database), 'The database takes no writes')
  const own = [databaseTakesWrites, queueTakesWrites(queue), eventWorker.check]
  const partitions = watchPartitions((stop) => addMissingPartitions(database, new Date(), stop))
  const readiness = watchReadiness(own, [() => partitions.check(), () => eventsInNoReport(database)])
  addReadinessGauges(registry, readiness)
  if (config.workerPort !== undefined) await serveOperations(config.workerPort)
  reportStarted()

  // A worker that starts while the database is away waits. The batches wait in the queue.
  const reached = await opened.databaseReached.catch(() => undefined)
  if (!reached || ending.aborted) return
  // Events that are stored before their month has a partition would have to move.
  await partitions.run().catch(reportError)
  if (ending.aborted) return
  const addingPartitions = startUpkeep([{ name: 'add partitions', run: partitions.run }], reportError, MINUTE_MS)
  lifecycle.onClose('partitions', () => addingPartitions.stop())
  const upkeep = startUpkeep(upkeepTasks(config, database), reportError)
  lifecycle.onClose('upkeep', () => upkeep.stop())
  const fold = foldInHalves({
    writesMax: FOLD_WRITES_MAX,
    fold: (writesMax, onTaken) => foldWrites(database, writesMax, onTaken),
    setAside: (writeId) => setWriteAside(database, writeId),
  })
  const rollups = startRollupWorker({ fold, reportError })
  lifecycle.onClose('rollups', () => rollups.stop())
  eventWorker.start()
  log.info({ concurrency: CONCURRENCY }, 'worker started')

  async function serveOperations(port: number): Promise<void> {
    // Loaded only here, because a worker without a port then starts in two thirds of the time.
    const { operationsApp } = await import('../api/app.ts')
    const app = await operationsApp({ log, readiness, metricsText: () => metricsText(registry) })
    if (ending.aborted) return
    lifecycle.onClose('server', async () => {
      readiness.drain()
      await app.close()
    })
    await app.listen({ host: config.host, port }).catch(cannotListen('WORKER_PORT'))
  }
}

async function eventsInNoReport(database: Database): Promise<string[]> {
  // While the database is away, the worker's own check says so.
  const { writes, events } = await countSetAside(database).catch(() => ({ writes: 0, events: 0 }))
  if (writes === 0) return []
  return [`${events} stored events are in no report, because adding them failed. Run \`playtrace rollups rebuild\`.`]
}

function upkeepTasks(config: Config, database: Database): UpkeepTask[] {
  const bounds = {
    days: config.quarantineDays,
    eventsMax: config.quarantineEventsMax,
    bytesMax: config.quarantineBytesMax,
  }
  return [
    { name: 'try writes again that were set aside', run: () => retryWritesSetAside(database) },
    { name: 'delete expired undated events', run: (stop) => deleteExpiredUndatedEvents(database, stop) },
    { name: 'delete expired batches', run: (stop) => deleteExpiredBatches(database, stop) },
    { name: 'prune the quarantine', run: (stop) => pruneQuarantine(database, bounds, stop) },
  ]
}
