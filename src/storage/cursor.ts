// Opaque cursors: where the page before ended. Clients hand them back as they got them.
import { RequestProblem } from '../contract/answer.ts'

const PARTS = {
  /** As UTC_TIME below writes it. */
  time: /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z$/,
  uuid: /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/,
}

/** SQL that writes a time in UTC to the microsecond, whatever the session's time zone is. */
export function utcTime(column: string): string {
  return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
}

export function encodeCursor(position: string[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

/** @throws RequestProblem `invalid_query` for anything that {@link encodeCursor} did not make of such parts */
export function decodeCursor(cursor: string, parts: (keyof typeof PARTS)[]): string[] {
  try {
    const position: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (
      Array.isArray(position) &&
      position.length === parts.length &&
      parts.every((part, at) => PARTS[part].test(String(position[at])))
    ) {
      return position.map(String)
    }
  } catch {
    // Not JSON: told to the sender below, as any other cursor that is not ours.
  }
  throw new RequestProblem('invalid_query', 'cursor is not one that this server gave.', '/cursor')
}
