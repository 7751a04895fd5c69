// A queue in this process's memory, for tests of the code before and behind the queue. The same suite holds it to the interface.
import { decodeBatch, type EncodedBatch, type EventBatch, encodeBatch } from '../src/ingest/event-batch.ts'
import type { Consumer, EventQueue, HandleBatch, Outcome } from '../src/queue/event-queue.ts'
import type { BatchSearch, BatchState, QueueInspector } from '../src/queue/queue-inspector.ts'

interface Entry {
  batch_id: string
  data: EncodedBatch
  enqueued_at: Date
  attempts: number
  error: string
}

export interface MemoryQueue extends EventQueue, QueueInspector {
  close(): Promise<void>
}

/** @param attemptsMax how often a batch is tried before it is a dead letter */
export const memoryQueue = (attemptsMax: number): MemoryQueue => new InMemory(attemptsMax)

class InMemory implements MemoryQueue {
  private readonly attemptsMax: number
  private readonly known = new Set<string>()
  private readonly waiting: Entry[] = []
  private readonly active = new Map<Entry, Promise<void>>()
  private dead: Entry[] = []
  private take = () => {}

  constructor(attemptsMax: number) {
    this.attemptsMax = attemptsMax
  }

  enqueue = async (batch: EventBatch): Promise<void> => {
    const { batch_id } = batch
    if (this.known.has(batch_id)) return
    this.known.add(batch_id)
    this.waiting.push({ batch_id, data: await encodeBatch(batch), enqueued_at: new Date(), attempts: 0, error: '' })
    this.take()
  }

  verifyWritable = async (): Promise<void> => {}

  consume = (handle: HandleBatch, concurrency: number): Consumer => {
    let stopped = false
    this.take = () => {
      while (!stopped && this.active.size < concurrency) {
        const entry = this.waiting.shift()
        if (!entry) return
        this.active.set(entry, this.run(entry, handle))
      }
    }
    this.take()
    return {
      stop: async () => {
        stopped = true
        await Promise.all(this.active.values())
      },
    }
  }

  private async run(entry: Entry, handle: HandleBatch): Promise<void> {
    const outcome: Outcome = await handle(decodeBatch(entry.data)).catch((error) => ({
      kind: 'retry',
      error,
    }))
    this.active.delete(entry)
    if (outcome.kind === 'done') this.known.delete(entry.batch_id)
    else if (outcome.kind === 'release') this.waiting.unshift(entry)
    else {
      entry.attempts++
      entry.error = outcome.error.message
      if (outcome.kind === 'retry' && entry.attempts < this.attemptsMax) this.waiting.push(entry)
      else this.dead.push(entry)
    }
    this.take()
  }

  counts = async () => ({
    waiting: this.waiting.length,
    active: this.active.size,
    delayed: 0,
    dead_letters: this.dead.length,
  })

  oldest = async () => ({
    waiting: this.waiting[0],
    active: this.active.keys().next().value,
    delayed: undefined,
  })

  deadLetters = async (limit: number) => this.dead.slice(0, limit)

  retryDeadLetters = async () => {
    const again = this.dead
    this.dead = []
    this.waiting.push(...again.map((entry) => ({ ...entry, attempts: 0 })))
    this.take()
    return again.length
  }

  findBatches = async (matches: (batch: EventBatch) => boolean, batchesMax: number): Promise<BatchSearch> => {
    const states: [BatchState, Entry[]][] = [
      ['waiting', this.waiting],
      ['active', [...this.active.keys()]],
      ['dead_letter', this.dead],
    ]
    const newest = states.flatMap(([state, entries]) =>
      entries.slice(-batchesMax).map(({ data, enqueued_at, attempts, error }) => {
        return { batch: decodeBatch(data), state, enqueued_at, attempts, error }
      }),
    )
    const all = this.waiting.length + this.active.size + this.dead.length
    return {
      found: newest.filter(({ batch }) => matches(batch)),
      searched: newest.length,
      left_out: all - newest.length,
    }
  }

  close = async () => {}
}
