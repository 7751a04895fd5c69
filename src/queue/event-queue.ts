// The queue's interface, as far as events pass through it. BullMQ implements it (on PostgreSQL or Redis), and one test suite
// holds every implementation to it. queue-inspector.ts has what operators ask of a queue.
import type { EventBatch } from '../ingest/event-batch.ts'

/** What became of a batch that a consumer was given. */
export type Outcome =
  /** Stored: the batch leaves the queue. */
  | { kind: 'done' }
  /** Failed: tried again after a growing delay, until the attempts are used up and it is a dead letter. */
  | { kind: 'retry'; error: Error }
  /** Returned to the queue at shutdown. It counts as no attempt. */
  | { kind: 'release' }
  /** Given up on: kept, counted, and tried again only when someone asks. */
  | { kind: 'dead_letter'; error: Error }

/** A handler that throws has the outcome `retry`. */
export type HandleBatch = (batch: EventBatch) => Promise<Outcome>

export interface Consumer {
  /** Takes no more batches, and resolves when those it holds are finished. */
  stop(): Promise<void>
}

export interface EventQueue {
  /**
   * Resolves when the batch is on disk. The same `batch_id` twice is one batch.
   * @throws QueueUnavailable when that cannot be said; the batch may or may not be there
   */
  enqueue(batch: EventBatch): Promise<void>
  /** Gives each batch to `handle`, up to `concurrency` at the same time, at least once each. */
  consume(handle: HandleBatch, concurrency: number): Consumer
}

/** The queue cannot be reached or did not answer: the sender still owns its events. */
export class QueueUnavailable extends Error {
  readonly code = 'QUEUE_UNAVAILABLE'
}
