// The interface by which events enter and leave the queue. BullMQ implements it on PostgreSQL and Redis, and one test suite
// verifies every implementation. The interface for operators is in queue-inspector.ts.
import type { EventBatch } from '../ingest/event-batch.ts'

/** The result of handling a batch. */
export type Outcome =
  /** The batch is stored and leaves the queue. */
  | { kind: 'done' }
  /** The attempt failed. The batch is retried after a growing delay and becomes a dead letter after the last attempt. */
  | { kind: 'retry'; error: Error }
  /** The batch returns to the queue, as at shutdown. This does not count as an attempt. */
  | { kind: 'release' }
  /** The batch becomes a dead letter at once. It stays in the queue and is retried only on request. */
  | { kind: 'dead_letter'; error: Error }

/** If the handler throws, the outcome is `retry`. */
export type HandleBatch = (batch: EventBatch) => Promise<Outcome>

export interface Consumer {
  /** Takes no more batches and resolves when the batches in progress are finished. */
  stop(): Promise<void>
}

export interface EventQueue {
  /**
   * Resolves when the batch is on disk. A batch that is enqueued twice with the same `batch_id` is one batch.
   * @throws QueueUnavailable if the queue does not confirm this; the batch may or may not be in the queue
   */
  enqueue(batch: EventBatch): Promise<void>
  /**
   * Adds a job that nobody consumes and removes it, as an enqueue would. Reading proves nothing: a replica answers reads.
   * @throws QueueUnavailable if an enqueue would fail now
   */
  verifyWritable(): Promise<void>
  /** Passes each batch to `handle` at least once, and up to `concurrency` batches at the same time. */
  consume(handle: HandleBatch, concurrency: number): Consumer
}

/** The queue is unreachable or did not answer, so the client must send the events again. */
export class QueueUnavailable extends Error {
  readonly code = 'QUEUE_UNAVAILABLE'
}
