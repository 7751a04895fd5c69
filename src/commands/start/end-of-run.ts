// When `playtrace start` is to end: told by a signal, or by an error that nobody caught.

export interface EndOfRun {
  /** Aborted from the first signal or error on. */
  asked: AbortSignal
  /** Resolves on a signal, rejects on an error. */
  wait(): Promise<void>
  /** What is left, now, of the given share of the time for ending. */
  leftMs(share: number): number
}

const ORPHAN_CHECK_INTERVAL_MS = 500
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** Listens for good: a second Ctrl-C must not cut short what the first began. */
export function watchForEnd(shutdownTimeoutMs: number): EndOfRun {
  const asking = new AbortController()
  const ended = Promise.withResolvers<void>()
  // It is awaited only once everything runs.
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
  if (process.env['npm_lifecycle_event']) askWhenOrphaned(ask)
  return {
    asked: asking.signal,
    wait: () => ended.promise,
    leftMs(share) {
      askedAt ??= Date.now()
      return Math.max(0, askedAt + shutdownTimeoutMs * share - Date.now())
    },
  }
}

/** npm passes a SIGTERM on to its shell, which ends without passing it on to us. */
function askWhenOrphaned(ask: () => void): void {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    ask()
  }, ORPHAN_CHECK_INTERVAL_MS)
  timer.unref()
}
