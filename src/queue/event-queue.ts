// What Playtrace asks of a queue. BullMQ (on PostgreSQL or Redis) and an in-memory one keep to it, held by one suite.
import type { BatchContent, EventBatch } from '../ingest/event-batch.ts'

/**
 * What the events route calls. groupRequests makes it of an {@link EventQueue}: requests that wait at the same moment share
 * one batch. Resolves with the batch's id when this content is on disk.
 * @throws QueueUnavailable when that cannot be said
 */
export type EnqueueEvents = (content: BatchContent) => Promise<string>

/** What became of a batch that a consumer was given. */
export type Outcome =
  /** Stored: the batch leaves the queue. */
  | { kind: 'done' }
  /** Failed; tried again after a growing delay, until the attempts are used up and it is a dead letter. */
  | { kind: 'retry'; error: Error }
  /** Handed back untried (at shutdown): counts as no attempt. */
  | { kind: 'release' }
  /** Given up on: kept, counted, and tried again only when someone asks. */
  | { kind: 'dead_letter'; error: Error }

export type HandleBatch = (batch: EventBatch) => Promise<Outcome>

export interface Consumer {
  /** Takes no more batches, and resolves when those in hand are finished. */
  stop(): Promise<void>
}

export interface QueueCounts {
  waiting: number
  active: number
  /** Waiting out the delay before a retry. */
  delayed: number
  dead_letters: number
}

export interface OldBatch {
  batch_id: string
  enqueued_at: Date
}

/** Undefined where there is none in that state. */
export interface OldestBatches {
  waiting: OldBatch | undefined
  active: OldBatch | undefined
  delayed: OldBatch | undefined
}

export interface DeadLetter {
  batch_id: string
  enqueued_at: Date
  attempts: number
  error: string
}

/** Where a batch that is in the queue stands. */
export type BatchState = 'waiting' | 'active' | 'delayed' | 'dead_letter'

export interface FoundBatch {
  batch: EventBatch
  state: BatchState
  enqueued_at: Date
  attempts: number
  /** Of the last attempt; empty where none has failed. */
  error: string
}

export interface BatchSearch {
  found: FoundBatch[]
  /** How many batches were looked into, */
  searched: number
  /** and how many more there were: older ones of a state that holds more than were asked for. */
  left_out: number
}

export interface EventQueue {
  /**
   * Resolves when the batch is on disk. The same `batch_id` twice is one batch.
   * @throws QueueUnavailable when that cannot be said; the batch may or may not be there
   */
  enqueue(batch: EventBatch): Promise<void>
  /** Hands each batch to `handle`, up to `concurrency` at once, at least once each. */
  consume(handle: HandleBatch, concurrency: number): Consumer
  counts(): Promise<QueueCounts>
  /** The longest in the queue of those that wait, of those in hand, and of those that wait out a delay. */
  oldest(): Promise<OldestBatches>
  deadLetters(limit: number): Promise<DeadLetter[]>
  /** Puts every dead letter back into the queue, with its attempts counted anew; returns how many. */
  retryDeadLetters(): Promise<number>
  /** The batches for which `matches` holds, of the newest `batchesMax` of each state; what cannot be read is passed over. */
  findBatches(matches: (batch: EventBatch) => boolean, batchesMax: number): Promise<BatchSearch>
  close(): Promise<void>
  /** Set where the queue stands on Redis or Valkey, to ask the server about itself. */
  readonly redis?: RedisStore
}

export interface RedisStore {
  /** INFO, as it comes. */
  info(): Promise<string>
  /** CONFIG GET of one setting; undefined where the server does not let it be read. */
  setting(name: string): Promise<string | undefined>
}

/** The queue cannot be reached or did not answer: the sender still owns its events. */
export class QueueUnavailable extends Error {
  readonly code = 'QUEUE_UNAVAILABLE'
}
