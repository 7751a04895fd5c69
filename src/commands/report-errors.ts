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
  const [outer, inner] = [error, error.cause] as (NodeJS.ErrnoException | undefined)[]
  // Redis answers a failed command with an error that has no code.
  const code = inner?.code ?? outer?.code ?? [outer, inner].find((one) => one?.name === 'ReplyError')?.name
  const cause =
    error.cause instanceof Error && error.cause.message !== error.message ? { cause: error.cause.message } : {}
  return code === undefined ? { err: error } : { code, ...cause }
}
