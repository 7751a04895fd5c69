// The streams and signals of the process that runs a command. Tests pass their own.
import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const
type StopSignal = (typeof STOP_SIGNALS)[number]

export interface Terminal {
  stdin: Readable
  stdout: Writable & { isTTY?: boolean }
  stderr: Writable & { isTTY?: boolean; columns?: number }
  once(signal: StopSignal, listener: (signal: StopSignal) => void): unknown
  off(signal: StopSignal, listener: (signal: StopSignal) => void): unknown
}

export interface Interrupt {
  /** Aborted by the first SIGINT or SIGTERM. A second one ends the process at once. */
  stop: AbortSignal
  /** The exit code that a shell expects after that signal; undefined if no signal has arrived. */
  exitCode(): number | undefined
  release(): void
}

export function stopOnSignal(terminal: Terminal): Interrupt {
  const controller = new AbortController()
  let exitCode: number | undefined
  const onSignal = (signal: StopSignal) => {
    exitCode = 128 + constants.signals[signal]
    controller.abort()
  }
  for (const signal of STOP_SIGNALS) terminal.once(signal, onSignal)
  return {
    stop: controller.signal,
    exitCode: () => exitCode,
    release() {
      for (const signal of STOP_SIGNALS) terminal.off(signal, onSignal)
    },
  }
}

/** Wraps the stop signal of a command that handles process signals itself. */
export function endOf(stop: AbortSignal): Interrupt {
  return { stop, exitCode: () => undefined, release() {} }
}

const REDRAW_MS = 100
const BAR_CHARACTERS = 20
const CLEAR_LINE = '\r\u001b[K'

/** Shows one line that is redrawn while the work goes on. Writes nothing if `stream` is not a terminal. */
export function showProgress(stream: Terminal['stderr'], line: () => string): { stop(): void } {
  if (!stream.isTTY) return { stop() {} }
  const draw = () => stream.write(CLEAR_LINE + line().slice(0, (stream.columns ?? 80) - 1))
  draw()
  const timer = setInterval(draw, REDRAW_MS)
  return {
    stop() {
      clearInterval(timer)
      stream.write(CLEAR_LINE)
    },
  }
}

/** Returns a bar and a percentage. */
export function progressBar(value: number, total: number): string {
  const share = total > 0 ? Math.min(1, value / total) : 0
  const bar = '█'.repeat(share * BAR_CHARACTERS).padEnd(BAR_CHARACTERS, '░')
  return `${bar} ${Math.floor(share * 100)}%`
}
