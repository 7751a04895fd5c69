// The interface by which operators, metrics and `explain` look into a queue. It neither adds nor consumes batches.
import type { EventBatch } from '../ingest/event-batch.ts'

/** `delayed` batches wait for the delay before a retry. */
type LiveState = 'waiting' | 'active' | 'delayed'

/** The state of a batch that is in the queue. */
export type BatchState = LiveState | 'dead_letter'

interface QueuedBatch {
  batch_id: string
  enqueued_at: Date
}

/** The oldest batch of each state, or undefined if no batch is in that state. */
export type OldestBatches = Record<LiveState, QueuedBatch | undefined>

interface Attempts {
  attempts: number
  /** The error of the last attempt, or '' if none has failed. */
  error: string
}

export interface FoundBatch extends Attempts {
  batch: EventBatch
  state: BatchState
  enqueued_at: Date
}

export interface BatchSearch {
  found: FoundBatch[]
  /** How many batches were read. */
  searched: number
  /** How many batches were not read, because they are older than the ones asked for. */
  left_out: number
}

export interface QueueInspector {
  counts(): Promise<Record<LiveState | 'dead_letters', number>>
  /** The batch of each state that has been in the queue longest. */
  oldest(): Promise<OldestBatches>
  deadLetters(limit: number): Promise<(QueuedBatch & Attempts)[]>
  /** Puts every dead letter back into the queue with all its attempts, and returns how many it put back. */
  retryDeadLetters(): Promise<number>
  /** The batches for which `matches` holds, of the newest `batchesMax` of each state. Unreadable batches are skipped. */
  findBatches(matches: (batch: EventBatch) => boolean, batchesMax: number): Promise<BatchSearch>
}
