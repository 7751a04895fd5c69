// A queue in this process's memory, for tests of the code that enqueues and consumes. It passes the suite of the real queues.
import { decodeBatch, type EncodedBatch, encodeBatch } from '../src/ingest/event-batch.ts'
import type {
  BatchState,
  Consumer,
  DeadLetter,
  EventQueue,
  FoundBatch,
  HandleBatch,
} from '../src/queue/event-queue.ts'

interface Entry {
  batch_id: string
  data: EncodedBatch
  enqueued_at: Date
  attempts: number
  error: string
}

/** @param attemptsMax how often a batch is tried before it is a dead letter */
export function memoryQueue(attemptsMax: number): EventQueue {
  const known = new Set<string>()
  const waiting: Entry[] = []
  const active = new Set<Promise<void>>()
  const inHand = new Set<Entry>()
  let dead: Entry[] = []
  let wake = () => {}

  function consume(handle: HandleBatch, concurrency: number): Consumer {
    let stopped = false
    const take = () => {
      while (!stopped && active.size < concurrency) {
        const entry = waiting.shift()
        if (!entry) return
        inHand.add(entry)
        const work: Promise<void> = run(entry, handle).then(() => {
          active.delete(work)
          inHand.delete(entry)
          take()
        })
        active.add(work)
      }
    }
    wake = take
    take()
    return {
      async stop() {
        stopped = true
        await Promise.all(active)
      },
    }
  }

  async function run(entry: Entry, handle: HandleBatch): Promise<void> {
    inHand.add(entry)
    const outcome = await handle(decodeBatch(entry.data))
    inHand.delete(entry)
    if (outcome.kind === 'done') known.delete(entry.batch_id)
    else if (outcome.kind === 'release') waiting.unshift(entry)
    else {
      entry.attempts++
      entry.error = outcome.error.message
      if (outcome.kind === 'retry' && entry.attempts < attemptsMax) waiting.push(entry)
      else dead.push(entry)
    }
  }

  return {
    async enqueue(batch) {
      if (known.has(batch.batch_id)) return
      known.add(batch.batch_id)
      waiting.push({
        batch_id: batch.batch_id,
        data: encodeBatch(batch),
        enqueued_at: new Date(),
        attempts: 0,
        error: '',
      })
      wake()
    },
    consume,
    async counts() {
      return { waiting: waiting.length, active: active.size, delayed: 0, dead_letters: dead.length }
    },
    async oldest() {
      return { waiting: waiting[0], active: inHand.values().next().value, delayed: undefined }
    },
    async deadLetters(limit): Promise<DeadLetter[]> {
      return dead.slice(0, limit)
    },
    async retryDeadLetters() {
      const again = dead
      dead = []
      waiting.push(...again.map((entry) => ({ ...entry, attempts: 0 })))
      wake()
      return again.length
    },
    async findBatches(matches, batchesMax) {
      const states: [BatchState, Entry[]][] = [
        ['waiting', waiting],
        ['active', [...inHand]],
        ['dead_letter', dead],
      ]
      const newest = states.flatMap(([state, entries]) =>
        entries.slice(-batchesMax).map((entry) => ({ ...entry, state, batch: decodeBatch(entry.data) })),
      )
      const found = newest
        .filter(({ batch }) => matches(batch))
        .map(({ batch, state, enqueued_at, attempts, error }): FoundBatch => {
          return { batch, state, enqueued_at, attempts, error }
        })
      const all = waiting.length + inHand.size + dead.length
      return { found, searched: newest.length, left_out: all - newest.length }
    },
    async close() {},
  }
}
