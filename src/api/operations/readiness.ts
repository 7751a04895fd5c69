// Whether the system can take events and makes progress. A worker that was never started, that does not finish a batch, or that
// waits for a database that is away, is detected only here.
import type { OldestBatches, QueueInspector } from '../../queue/queue-inspector.ts'

const SAMPLE_INTERVAL_MS = 5_000
const QUEUE_ANSWER_MS_MAX = 3_000
/** The oldest batch may stay the same for this long. Batches are consumed in order, and one takes milliseconds. */
const STANDSTILL_MS_MAX = 30_000

export interface Readiness {
  /** Returns what is wrong, in one sentence each. Empty when ready. */
  check(): Promise<string[]>
  /** The process is not ready from now on: load balancers send requests elsewhere while it drains. */
  drain(): void
  close(): Promise<void>
}

export function watchReadiness(queue: Pick<QueueInspector, 'oldest'>, now: () => number): Readiness {
  // A delayed batch was released by a worker, and so does not count as a standstill.
  const waiting = watchOldest('waiting', now)
  const active = watchOldest('active', now)
  let draining = false
  let queueError: string | undefined

  async function sample(): Promise<void> {
    try {
      const oldest = await within(QUEUE_ANSWER_MS_MAX, queue.oldest())
      queueError = undefined
      waiting.update(oldest)
      active.update(oldest)
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
      const [waitingMs, activeMs] = [waiting.sameForMs(), active.sameForMs()]
      if (waitingMs > STANDSTILL_MS_MAX)
        reasons.push(`No worker has taken a batch for ${seconds(waitingMs)}. Check that a worker runs.`)
      if (activeMs > STANDSTILL_MS_MAX)
        reasons.push(
          `A batch has been active for ${seconds(activeMs)}. Check that the worker runs and the database answers.`,
        )
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

/** Measures how long the oldest batch of a state has been the same one. */
function watchOldest(state: 'waiting' | 'active', now: () => number) {
  let batchId: string | undefined
  let sinceMs = 0
  return {
    update({ [state]: batch }: OldestBatches) {
      if (batch?.batch_id !== batchId) sinceMs = now()
      batchId = batch?.batch_id
    },
    sameForMs: () => (batchId === undefined ? 0 : now() - sinceMs),
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
