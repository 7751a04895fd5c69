// Keeps the rollups up: folds what was stored, every second, and at once while there is more.
import { setTimeout as pause } from 'node:timers/promises'
import type { FoldWrites } from '../storage/rollups/fold-writes.ts'

const PAUSE_MS = 1_000
/** While the database is away, or a fold fails. */
const FAILED_PAUSE_MS_MAX = 10_000

export interface RollupsKeeper {
  /** Resolves when the fold in hand has ended. */
  stop(): Promise<void>
}

export function keepRollups(fold: FoldWrites, reportError: (error: Error) => void): RollupsKeeper {
  const draining = new AbortController()
  const ended = foldUntil(draining.signal, fold, reportError)
  return {
    stop() {
      draining.abort()
      return ended
    },
  }
}

async function foldUntil(
  draining: AbortSignal,
  fold: FoldWrites,
  reportError: (error: Error) => void,
): Promise<void> {
  let pauseMs = PAUSE_MS
  while (!draining.aborted) {
    try {
      const { more } = await fold()
      if (more) continue
      pauseMs = PAUSE_MS
    } catch (error) {
      reportError(error as Error)
      pauseMs = Math.min(pauseMs * 2, FAILED_PAUSE_MS_MAX)
    }
    // The signal, and nothing else, ends a pause early.
    await pause(pauseMs, undefined, { signal: draining }).catch(() => {})
  }
}
