// The streams and signals of the process that runs a command. Tests pass their own.
import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'

type StopSignal = 'SIGINT' | 'SIGTERM'

export interface Terminal {
  stdin: Readable
  stdout: Writable & { isTTY?: boolean }
  stderr: Writable & { isTTY?: boolean; columns?: number }
  once(signal: StopSignal, listener: () => void): unknown
  off(signal: StopSignal, listener: () => void): unknown
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
  const listen = (signal: StopSignal) => {
    const listener = () => {
      exitCode = 128 + constants.signals[signal]
      controller.abort()
    }
    terminal.once(signal, listener)
    return () => terminal.off(signal, listener)
  }
  const releases = [listen('SIGINT'), listen('SIGTERM')]
  return {
    stop: controller.signal,
    exitCode: () => exitCode,
    release: () => {
      for (const release of releases) release()
    },
  }
}

/** Wraps the stop signal of a command that handles process signals itself. */
export function endOf(stop: AbortSignal): Interrupt {
  return { stop, exitCode: () => undefined, release() {} }
}

export interface ProgressState {
  value: number
  /** The format names each of these, and `bar`, `value`, `total` and `percentage`, as `{name}`. */
  fields: Record<string, string | number>
}

const REDRAW_MS = 100
const BAR_CHARACTERS = 20
const CLEAR_LINE = '\r\u001b[K'

/** Shows one line that is redrawn while the work goes on. Writes nothing if `stream` is not a terminal. */
export function showProgress(
  stream: Terminal['stderr'],
  format: string,
  total: number,
  read: () => ProgressState,
): { stop(): void } {
  if (!stream.isTTY) return { stop() {} }
  const draw = () => {
    const line = progressLine(format, total, read())
    stream.write(CLEAR_LINE + line.slice(0, (stream.columns ?? 80) - 1))
  }
  draw()
  const timer = setInterval(draw, REDRAW_MS)
  return {
    stop() {
      clearInterval(timer)
      stream.write(CLEAR_LINE)
    },
  }
}

function progressLine(format: string, total: number, { value, fields }: ProgressState): string {
  const share = total > 0 ? Math.min(1, value / total) : 0
  const bar = '█'.repeat(share * BAR_CHARACTERS).padEnd(BAR_CHARACTERS, '░')
  const shown: ProgressState['fields'] = { ...fields, bar, value, total, percentage: Math.floor(share * 100) }
  return format.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(shown[name]))
}
