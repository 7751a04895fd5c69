// Detects when `playtrace start` must end: on a signal, or on an uncaught error.

import { whenNpmEnds } from '../when-npm-ends.ts'

export interface EndOfRun {
  /** Aborted by the first signal or error. */
  asked: AbortSignal
  /** Resolves on a signal, rejects on an error. */
  wait(): Promise<void>
  /** The remaining milliseconds of the given share of the shutdown timeout. */
  leftMs(share: number): number
}

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/**
 * The listeners stay, so that a second Ctrl-C does not interrupt the shutdown that the first one began.
 * @param delayMs the shutdown timeout begins this long after the signal
 */
export function watchForEnd(shutdownTimeoutMs: number, delayMs: number): EndOfRun {
  const asking = new AbortController()
  const ended = Promise.withResolvers<void>()
  // A rejection must not count as unhandled before `wait` is called.
  ended.promise.catch(() => undefined)
  let askedAt: number | undefined
  const ask = (error?: Error) => {
    askedAt ??= Date.now()
    asking.abort()
    if (error) ended.reject(error)
    else ended.resolve()
  }
  for (const signal of SIGNALS) process.on(signal, () => ask())
  process.on('uncaughtException', ask)
  whenNpmEnds(ask)
  return {
    asked: asking.signal,
    wait: () => ended.promise,
    leftMs(share) {
      askedAt ??= Date.now()
      return Math.max(0, askedAt + delayMs + shutdownTimeoutMs * share - Date.now())
    },
  }
}
