// Detects that the workers make no progress: no worker runs, a batch is never finished, or the database is away.
import type { OldestBatches, QueueInspector } from '../../queue/queue-inspector.ts'
import { type Check, failureOf } from './readiness.ts'

const SAMPLE_INTERVAL_MS = 5_000
/** The oldest batch may stay the same for this long. Batches are consumed in order, and one takes milliseconds. */
const STANDSTILL_MS_MAX = 30_000

export interface Standstill {
  check: Check
  close(): Promise<void>
}

export function watchStandstill(queue: Pick<QueueInspector, 'oldest'>, now: () => number): Standstill {
  // A delayed batch was released by a worker, and so does not count as a standstill.
  const waiting = watchOldest('waiting', now)
  const active = watchOldest('active', now)

  async function sample(): Promise<void> {
    const oldest = await queue.oldest()
    waiting.update(oldest)
    active.update(oldest)
  }

  // A queue that cannot be read is reported when somebody asks.
  const timer = setInterval(() => void sample().catch(() => {}), SAMPLE_INTERVAL_MS)
  timer.unref()
  return {
    async check() {
      const unread = await failureOf(sample(), 'The queue cannot be read')
      if (unread.length > 0) return unread
      const sentences = []
      const [waitingMs, activeMs] = [waiting.sameForMs(), active.sameForMs()]
      if (waitingMs > STANDSTILL_MS_MAX)
        sentences.push(`No worker has taken a batch for ${seconds(waitingMs)}. Check that a worker runs.`)
      if (activeMs > STANDSTILL_MS_MAX)
        sentences.push(
          `A batch has been active for ${seconds(activeMs)}. Check that the worker runs and the database answers.`,
        )
      return sentences
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
