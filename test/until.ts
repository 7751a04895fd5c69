// Waiting for a condition instead of for a time.
import { setTimeout as pause } from 'node:timers/promises'

const POLL_MS = 10
const TIMEOUT_MS = 15_000

/**
 * Resolves with the first value of `condition` that is not false, null or undefined.
 * @throws Error with the condition's text when there was none within `timeoutMs`
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  timeoutMs = TIMEOUT_MS,
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const value = await condition()
    if (value !== false && value !== null && value !== undefined) {
      return value as Exclude<T, false | null | undefined>
    }
    if (performance.now() > deadline) throw new Error(`Not within ${timeoutMs} ms: ${condition.toString()}`)
    await pause(POLL_MS)
  }
}
