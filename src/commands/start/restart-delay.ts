// The delay before a process that died is restarted. It doubles while the process keeps dying early.
const FIRST_DELAY_MS = 100
const DELAY_MS_MAX = 2_000
/** A run of at least this length resets the delay. */
const STEADY_MS = 1_500

/** @param previousMs the delay before the run that has just ended; undefined for the first run */
export function restartDelayMs(previousMs: number | undefined, ranMs: number): number {
  if (previousMs === undefined || ranMs >= STEADY_MS) return FIRST_DELAY_MS
  return Math.min(previousMs * 2, DELAY_MS_MAX)
}
