// Whether this system can take events, and whether work that exists completes: a worker that was never started, that is
// stuck with batches in hand, or that waits for a database that is away, looks healthy to everything but this.
import type { OldBatch, QueueInspector } from '../../queue/queue-inspector.ts'

const SAMPLE_INTERVAL_MS = 5_000
const QUEUE_ANSWER_MS_MAX = 3_000
/** The oldest batch may stay the same for this long: batches are consumed in order, and one is stored in a blink. */
const STANDSTILL_MS_MAX = 30_000

export interface Readiness {
  /** What is wrong, one sentence each; nothing when ready. */
  check(): Promise<string[]>
  /** From now on not ready: sends load balancers elsewhere while the process drains. */
  drain(): void
  close(): Promise<void>
}

export function watchReadiness(queue: Pick<QueueInspector, 'oldest'>, now: () => number): Readiness {
  const waiting = watchOldest(now)
  const active = watchOldest(now)
  let draining = false
  let queueError: string | undefined

  async function sample(): Promise<void> {
    try {
      const oldest = await within(QUEUE_ANSWER_MS_MAX, queue.oldest())
      queueError = undefined
      waiting.see(oldest.waiting)
      active.see(oldest.active)
      // A batch that waits out a delay was given back: it proves that a worker works.
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
      const reasons = []
      if (waiting.sameForMs() > STANDSTILL_MS_MAX) {
        reasons.push(
          `Batches wait and none has been taken for ${seconds(waiting.sameForMs())}: is a worker running?`,
        )
      }
      if (active.sameForMs() > STANDSTILL_MS_MAX) {
        reasons.push(
          `A batch has been in hand for ${seconds(active.sameForMs())}: does the worker run, and the database answer?`,
        )
      }
      return reasons
    },
    drain() {
      draining = true
    },
    async close() {
      clearInterval(timer)
    },
  }
}

const seconds = (ms: number) => `${Math.round(ms / 1000)} s`

/** How long the oldest batch has been the same one. */
function watchOldest(now: () => number) {
  let oldest: { batch_id: string; sinceMs: number } | undefined
  return {
    see(batch: OldBatch | undefined) {
      if (!batch) oldest = undefined
      else if (batch.batch_id !== oldest?.batch_id) oldest = { batch_id: batch.batch_id, sinceMs: now() }
    },
    sameForMs: () => (oldest ? now() - oldest.sinceMs : 0),
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
