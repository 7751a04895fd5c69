// Takes batches from the queue and stores them, several at a time, until it drains.
import type { Logger } from 'pino'
import type { EventQueue } from '../queue/event-queue.ts'
import type { WriteBatch } from '../storage/events/write-events.ts'
import { storeBatch } from './store-batch.ts'
import type { WorkerMetrics } from './worker-metrics.ts'

interface EventWorkerParts {
  queue: EventQueue
  write: WriteBatch
  /** How many batches are stored at the same time. Waiting batches share transactions (group-batches.ts). */
  concurrency: number
  metrics: WorkerMetrics
  log: Logger
}

export function startEventWorker({ queue, write, concurrency, metrics, log }: EventWorkerParts) {
  const draining = new AbortController()
  const consumer = queue.consume(
    (batch) =>
      storeBatch(batch, {
        write: (part) => metrics.timeWrite(() => write(part)),
        onWritten: (part, result) => metrics.countWritten(part, result),
        onError: ({ batch_id, events }, error) => {
          metrics.countError(error.code)
          log.warn({ batch_id, events: events.length, code: error.code, err: error.message }, 'write failed')
        },
        draining: draining.signal,
      }),
    concurrency,
  )
  return {
    /** Takes no more batches. Resolves when the batches in progress are stored or released. */
    stop(): Promise<void> {
      draining.abort()
      return consumer.stop()
    },
  }
}
