// Whether this system can take events, and whether work that exists completes: a worker that was never started, or
// that waits for a database that is away, looks healthy to everything but this.
import type { EventQueue } from '../queue/event-queue.ts'

const SAMPLE_INTERVAL_MS = 5_000
const QUEUE_ANSWER_MS_MAX = 3_000
/** The batch that has waited longest may stay the same for this long: batches are consumed in order. */
const STANDSTILL_MS_MAX = 30_000

export interface Readiness {
  /** What is wrong, one sentence each; nothing when ready. */
  check(): Promise<string[]>
  /** From now on not ready: sends load balancers elsewhere while the process drains. */
  drain(): void
  close(): Promise<void>
}

export function watchReadiness(queue: Pick<EventQueue, 'oldestWaiting'>, now: () => number): Readiness {
  let draining = false
  let queueError: string | undefined
  let oldest: { batch_id: string; sinceMs: number } | undefined

  async function sample(): Promise<void> {
    try {
      const batch = await within(QUEUE_ANSWER_MS_MAX, queue.oldestWaiting())
      queueError = undefined
      if (!batch) oldest = undefined
      else if (batch.batch_id !== oldest?.batch_id) oldest = { batch_id: batch.batch_id, sinceMs: now() }
    } catch (error) {
      queueError = `The queue does not answer: ${(error as Error).message}.`
    }
  }

  const timer = setInterval(sample, SAMPLE_INTERVAL_MS)
  timer.unref()
  return {
    async check() {
      if (draining) return ['The process is draining.']
      await sample()
      if (queueError) return [queueError]
      const waitedMs = oldest ? now() - oldest.sinceMs : 0
      if (waitedMs <= STANDSTILL_MS_MAX) return []
      return [
        `Batches wait and none has been taken for ${Math.round(waitedMs / 1000)} s: is a worker running?`,
      ]
    },
    drain() {
      draining = true
    },
    async close() {
      clearInterval(timer)
    },
  }
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
