// Closes everything that a process opened, in reverse order, when a signal ends the process.
import type { Logger } from 'pino'

/** The list of what a process has opened and must close. */
export class Lifecycle {
  private readonly closers: { name: string; close: () => Promise<unknown> }[] = []
  private isClosed = false

  /**
   * Registers `close`. It is called when the process ends, after the closers that were registered later. If the process is
   * already ending, as after a signal during its start, it is called at once.
   */
  onClose(name: string, close: () => Promise<unknown>): void {
    if (this.isClosed) void close()
    else this.closers.push({ name, close })
  }

  /** Calls every closer, even after one has failed, and then throws the first error. */
  async close(): Promise<void> {
    this.isClosed = true
    const errors: Error[] = []
    for (const { name, close } of this.closers.toReversed()) {
      try {
        await close()
      } catch (cause) {
        errors.push(new Error(`Closing ${name} failed.`, { cause }))
      }
    }
    if (errors[0]) throw errors[0]
  }
}

export interface Ending {
  /** Aborted when the process begins to end. */
  asked: AbortSignal
  /** Begins to end the process, as a signal does. */
  end(reason: string): void
  /** Ends the process with code 1, after a message for the user on stderr. */
  fail(message: string): void
}

/**
 * Closes `lifecycle` on SIGTERM or SIGINT and ends the process with code 0.
 * If the drain fails or takes longer than `timeoutMs`, the process ends with code 1. Unfinished batches stay in the queue.
 */
export function closeOnSignal(lifecycle: Lifecycle, timeoutMs: number, log: Logger): Ending {
  const asking = new AbortController()
  const close = async (reason: object) => {
    // Ctrl-C reaches a child directly and again through its parent, and a user may press it twice.
    if (asking.signal.aborted) return
    asking.abort()
    log.info(reason, 'draining')
    const timer = setTimeout(() => {
      log.error({ timeoutMs }, 'drain took too long')
      process.exit(1)
    }, timeoutMs)
    timer.unref()
    try {
      await lifecycle.close()
      log.info('drained')
    } catch (error) {
      log.error(error, 'drain failed')
      process.exitCode = 1
    }
    // The channel to the parent would keep a child of `playtrace start` running.
    if (process.connected) process.exit()
  }
  process.on('SIGTERM', (signal) => close({ signal }))
  process.on('SIGINT', (signal) => close({ signal }))
  return {
    asked: asking.signal,
    end: (reason) => void close({ reason }),
    fail(message) {
      if (asking.signal.aborted) return
      console.error(message)
      process.exitCode = 1
      void close({ message })
    },
  }
}
