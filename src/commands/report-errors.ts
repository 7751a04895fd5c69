// Logs the errors that happen outside of any call, such as a dropped connection, without filling the log during an outage.
import type { Logger } from 'pino'

/** The same error is logged once in this time. */
const PAUSE_MS = 60_000
const MESSAGES_MAX = 100

export type ReportError = (error: Error) => void

export function errorReporter(log: Pick<Logger, 'error'>, now: () => number = Date.now): ReportError {
  const logged = new Map<string, { atMs: number; repeated: number }>()
  return (error) => {
    const before = logged.get(error.message)
    if (before && now() - before.atMs < PAUSE_MS) {
      before.repeated++
      return
    }
    if (logged.size >= MESSAGES_MAX) logged.clear()
    logged.set(error.message, { atMs: now(), repeated: 0 })
    const repeated = before?.repeated ? { repeated: before.repeated } : {}
    log.error({ ...repeated, ...describe(error) }, error.message)
  }
}

/** An error of a server or of the network has a code, and its stack says nothing. Any other may be a defect. */
function describe(error: Error): object {
  const { code } = (error.cause ?? error) as NodeJS.ErrnoException
  return code === undefined ? { err: error } : { code }
}
