// Takes batches from the queue and stores them, several at a time, until it drains.
import type { Logger } from 'pino'
import type { EventBatch } from '../ingest/event-batch.ts'
import type { Consumer, EventQueue } from '../queue/event-queue.ts'
import type { WriteBatch } from '../storage/events/write-events.ts'
import type { StorageError } from '../storage/postgres/storage-error.ts'
import { isOfEnvironment, storeBatch } from './store-batch.ts'
import type { WorkerMetrics } from './worker-metrics.ts'

interface EventWorkerParts {
  queue: EventQueue
  write: WriteBatch
  /** How many batches are stored at the same time. Waiting batches share transactions (group-batches.ts). */
  concurrency: number
  metrics: WorkerMetrics
  log: Logger
}

/** A batch takes milliseconds. One that takes longer than this waits for something. */
const PROGRESS_MS_MAX = 30_000

export function openEventWorker({ queue, write, concurrency, metrics, log }: EventWorkerParts) {
  const draining = new AbortController()
  const startedAtMs = new Map<string, number>()
  let consumer: Consumer | undefined
  let failure: StorageError | undefined

  const handle = async (batch: EventBatch) => {
    startedAtMs.set(batch.batch_id, Date.now())
    try {
      return await storeBatch(batch, {
        write: (part) => metrics.timeWrite(() => write(part)),
        onWritten(part, result) {
          if (failure) log.info('batches are written again')
          failure = undefined
          metrics.countWritten(part, result)
        },
        onError({ batch_id, events }, error) {
          metrics.countError(error.code)
          const details = { batch_id, events: events.length, code: error.code, err: error.message }
          // An outage makes the same error many times. It is logged when it begins and when it ends.
          if (failure?.code !== error.code)
            log[error.code === 'DATABASE_UNFIT' ? 'error' : 'warn'](details, 'write failed')
          failure = isOfEnvironment(error) ? error : undefined
        },
        draining: draining.signal,
      })
    } finally {
      startedAtMs.delete(batch.batch_id)
    }
  }

  return {
    start(): void {
      consumer = queue.consume(handle, concurrency)
    },
    /** Why this worker cannot store batches now, in one sentence each. */
    check(): string[] {
      if (failure) return [`Batches cannot be written: ${failure.message.replace(/\.$/, '')}.`]
      const oldestMs = Date.now() - Math.min(Date.now(), ...startedAtMs.values())
      if (oldestMs <= PROGRESS_MS_MAX) return []
      return [`A batch has been active in this worker for ${Math.round(oldestMs / 1000)} s.`]
    },
    /** Takes no more batches. Resolves when the batches in progress are stored or released. */
    async stop(): Promise<void> {
      draining.abort()
      await consumer?.stop()
    },
  }
}
