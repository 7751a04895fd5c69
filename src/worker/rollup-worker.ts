// Adds stored events to the rollups: every second or two, and without a pause while more events wait.
import { setTimeout as pause } from 'node:timers/promises'
import type { Folded } from '../storage/rollups/fold-writes.ts'

const PAUSE_MS = 1_000
/** The pause after a fold of many events. The next fold then has more events of the same players, names and days, which costs less. */
const BUSY_PAUSE_MS = 2_000
const MANY_EVENTS = 10_000
/** The longest pause while the database is away or a fold fails. */
const FAILED_PAUSE_MS_MAX = 10_000

interface RollupWorkerParts {
  fold: () => Promise<Folded>
  reportError: (error: Error) => void
}

export function startRollupWorker(parts: RollupWorkerParts) {
  const draining = new AbortController()
  const ended = foldUntil(draining.signal, parts)
  return {
    /** Resolves when the running fold has ended. */
    stop(): Promise<void> {
      draining.abort()
      return ended
    },
  }
}

async function foldUntil(draining: AbortSignal, { fold, reportError }: RollupWorkerParts): Promise<void> {
  let pauseMs = PAUSE_MS
  while (!draining.aborted) {
    try {
      const { events, more } = await fold()
      if (more) continue
      pauseMs = events > MANY_EVENTS ? BUSY_PAUSE_MS : PAUSE_MS
    } catch (error) {
      if (draining.aborted) return
      reportError(error as Error)
      pauseMs = Math.min(pauseMs * 2, FAILED_PAUSE_MS_MAX)
    }
    // Only the signal ends a pause early.
    await pause(pauseMs, undefined, { signal: draining }).catch(() => {})
  }
}
