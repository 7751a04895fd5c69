// What a process opened is closed in reverse order, once, when it is told to end; a drain that takes too long is cut.
import type { Logger } from 'pino'

/** Opens things in order and remembers how to close them. */
export class Lifecycle {
  private readonly closers: { name: string; close: () => Promise<unknown> }[] = []
  private closing: Promise<void> | undefined

  /** Has `close` called, after the closers added later, when the process ends. */
  onClose(name: string, close: () => Promise<unknown>): void {
    this.closers.push({ name, close })
  }

  /** Every closer is tried; the first error is thrown when all have been. */
  close(): Promise<void> {
    this.closing ??= this.closeAll()
    return this.closing
  }

  private async closeAll(): Promise<void> {
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

/**
 * Closes `lifecycle` on SIGTERM or SIGINT and lets the process end by itself, with code 0.
 * A drain that is not done after `timeoutMs`, or failed, ends it with code 1: what was in hand is in the queue still.
 */
export function closeOnSignal(lifecycle: Lifecycle, timeoutMs: number, log: Logger): void {
  let asked = false
  const close = async (signal: string) => {
    // Ctrl-C reaches a child by itself and then again through its parent; people press it twice.
    if (asked) return
    asked = true
    log.info({ signal }, 'draining')
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
    // A child of `playtrace start` is kept alive by the channel to its parent, and by nothing else now.
    if (process.connected) process.exit()
  }
  process.on('SIGTERM', close)
  process.on('SIGINT', close)
}
