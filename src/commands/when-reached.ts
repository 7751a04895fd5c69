// Tries what needs a store until the store can be reached, so that a process starts while the store is away.
import { setTimeout as delay } from 'node:timers/promises'
import { ConfigError } from '../config.ts'
import { reasonOf } from '../error-reason.ts'

const PAUSE_MS = 1_000

export interface Reaching<T> {
  /** Resolves after the first attempt, whether it succeeded or not. Rejects as `reached` does. */
  tried: Promise<unknown>
  /**
   * Resolves with the result of the first attempt that succeeds, or with undefined if `stop` was aborted before.
   * Rejects with the ConfigError of an attempt, because only a person can solve it.
   */
  reached: Promise<T | undefined>
  /** Why the last attempt failed, as a sentence. */
  lastReason: () => string | undefined
}

/** @param onError receives the error of each failed attempt */
export function whenReached<T>(
  attempt: () => Promise<T>,
  stop: AbortSignal,
  onError: (error: Error) => void,
): Reaching<T> {
  let lastReason: string | undefined
  const firstFailed = Promise.withResolvers<void>()
  const reached = (async () => {
    while (!stop.aborted) {
      try {
        return await attempt()
      } catch (error) {
        if (error instanceof ConfigError) throw error
        lastReason = `${reasonOf(error as Error)}.`
        onError(error as Error)
        firstFailed.resolve()
        await delay(PAUSE_MS, undefined, { signal: stop }).catch(() => undefined)
      }
    }
    return undefined
  })()
  return { reached, tried: Promise.race([reached, firstFailed.promise]), lastReason: () => lastReason }
}
