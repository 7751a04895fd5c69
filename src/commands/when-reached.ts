// Tries what needs a store until the store can be reached, so that a process starts while the store is away.
import { setTimeout as delay } from 'node:timers/promises'
import { ConfigError } from '../config.ts'

const PAUSE_MS = 1_000

/**
 * @param onError receives the error of each failed attempt
 * @returns undefined if `stop` was aborted before an attempt succeeded
 * @throws ConfigError of an attempt, because only a person can solve it
 */
export async function whenReached<T>(
  attempt: () => Promise<T>,
  stop: AbortSignal,
  onError: (error: Error) => void,
): Promise<T | undefined> {
  while (!stop.aborted) {
    try {
      return await attempt()
    } catch (error) {
      if (error instanceof ConfigError) throw error
      onError(error as Error)
      await delay(PAUSE_MS, undefined, { signal: stop }).catch(() => undefined)
    }
  }
  return undefined
}
