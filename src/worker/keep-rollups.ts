// Keeps the rollups up: folds what was stored, every second or two, and at once while there is more.
import { setTimeout as pause } from 'node:timers/promises'
import type { Folded } from '../storage/rollups/fold-writes.ts'

const PAUSE_MS = 1_000
/** After a fold of many events: the next finds more of the same players, names and days together, and an event costs less. */
const BUSY_PAUSE_MS = 2_000
const MANY_EVENTS = 10_000
/** While the database is away, or a fold fails. */
const FAILED_PAUSE_MS_MAX = 10_000

export interface RollupsParts {
  /** Makes rollups of events from before there were any; false: another process is at work, and it is to be asked again. */
  fill: (draining: AbortSignal) => Promise<boolean>
  fold: () => Promise<Folded>
  reportError: (error: Error) => void
}

export interface RollupsKeeper {
  /** Resolves when the fold in hand has ended. */
  stop(): Promise<void>
}

export function keepRollups(parts: RollupsParts): RollupsKeeper {
  const draining = new AbortController()
  const ended = foldUntil(draining.signal, parts)
  return {
    stop() {
      draining.abort()
      return ended
    },
  }
}

async function foldUntil(draining: AbortSignal, { fill, fold, reportError }: RollupsParts): Promise<void> {
  let isFilled = false
  let pauseMs = PAUSE_MS
  while (!draining.aborted) {
    try {
      isFilled ||= await fill(draining)
      const folded = isFilled ? await fold() : undefined
      if (folded?.more) continue
      pauseMs = folded && folded.events > MANY_EVENTS ? BUSY_PAUSE_MS : PAUSE_MS
    } catch (error) {
      if (draining.aborted) return
      reportError(error as Error)
      pauseMs = Math.min(pauseMs * 2, FAILED_PAUSE_MS_MAX)
    }
    // The signal, and nothing else, ends a pause early.
    await pause(pauseMs, undefined, { signal: draining }).catch(() => {})
  }
}
