// What a command has of the process that runs it: its streams and the signals that end it. Tests bring their own.
import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import cliProgress from 'cli-progress'

type StopSignal = 'SIGINT' | 'SIGTERM'

export interface Terminal {
  stdin: Readable
  stdout: Writable & { isTTY?: boolean }
  stderr: Writable & { isTTY?: boolean }
  once(signal: StopSignal, listener: () => void): unknown
  off(signal: StopSignal, listener: () => void): unknown
}

export interface Interrupt {
  /** Aborted by the first SIGINT or SIGTERM; a second one ends the process as it always does. */
  stop: AbortSignal
  /** What a shell expects of a process ended by that signal; undefined while there was none. */
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

/** For what ends with something larger, which listens for signals itself. */
export function endOf(stop: AbortSignal): Interrupt {
  return { stop, exitCode: () => undefined, release() {} }
}

/** What cli-progress puts into `{…}` of the format, and where its bar stands. */
export interface ProgressState {
  value: number
  fields: Record<string, string | number>
}

const REDRAWS_PER_SECOND = 10

/** One line that is drawn anew while the work goes on; nothing where `stream` is not a terminal. */
export function showProgress(
  stream: Terminal['stderr'],
  format: string,
  total: number,
  read: () => ProgressState,
): { stop(): void } {
  if (!stream.isTTY) return { stop() {} }
  const bar = new cliProgress.SingleBar(
    { stream, format, fps: REDRAWS_PER_SECOND, barsize: 20, clearOnComplete: true },
    cliProgress.Presets.shades_classic,
  )
  const { value, fields } = read()
  bar.start(total, value, fields)
  const timer = setInterval(() => {
    const state = read()
    bar.update(state.value, state.fields)
  }, 1000 / REDRAWS_PER_SECOND)
  return {
    stop() {
      clearInterval(timer)
      bar.stop()
    },
  }
}
