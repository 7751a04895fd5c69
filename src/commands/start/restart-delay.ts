// How long to wait before something that died is started again: hardly, then longer with each early death.
const FIRST_DELAY_MS = 100
const DELAY_MS_MAX = 2_000
/** What ran this long did start: its death is a new story. */
const STEADY_MS = 1_500

/** @param previousMs the delay before the run that has just ended; undefined for the first run */
export function restartDelayMs(previousMs: number | undefined, ranMs: number): number {
  if (previousMs === undefined || ranMs >= STEADY_MS) return FIRST_DELAY_MS
  return Math.min(previousMs * 2, DELAY_MS_MAX)
}
