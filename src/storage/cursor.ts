// Opaque cursors: where the page before ended. Clients hand them back as they got them.
import { RequestProblem } from '../contract/answer.ts'

const PARTS = {
  time: isPositionTime,
  uuid: (text: string) => /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(text),
}

const DATE_TIME = '-MM-DD"T"HH24:MI:SS.US"Z"'

/** SQL that writes a time as RFC 3339, in UTC to the microsecond, whatever the session's zone: 1 BC is the year 0. */
export function utcTime(column: string): string {
  const year = `case when ${column} < '0001-01-01 00:00:00+00' then '"0000"' else 'YYYY' end`
  return `to_char(${column} at time zone 'UTC', ${year} || '${DATE_TIME}')`
}

/** SQL that writes a time as a cursor carries it, and as PostgreSQL reads it again whatever its year is. */
export function positionTime(column: string): string {
  return `to_char(${column} at time zone 'UTC', 'YYYY${DATE_TIME} BC')`
}

const POSITION_TIME =
  /^(\d{4,5})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z (AD|BC)$/
/** The earliest that RFC 3339 can say is the year 0 in a zone ahead of UTC. */
const BC_YEAR_MAX = 2

function isPositionTime(text: string): boolean {
  const [, year, month, day, , era] = POSITION_TIME.exec(text) ?? []
  if (Number(year) < 1 || (era === 'BC' && Number(year) > BC_YEAR_MAX)) return false
  const lastOfMonth = new Date(0)
  lastOfMonth.setUTCFullYear(era === 'BC' ? 1 - Number(year) : Number(year), Number(month), 0)
  return Number(day) <= lastOfMonth.getUTCDate()
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
      parts.every((part, at) => PARTS[part](String(position[at])))
    ) {
      return position.map(String)
    }
  } catch {
    // Not JSON: told to the sender below, as any other cursor that is not ours.
  }
  throw new RequestProblem('invalid_query', 'cursor is not one that this server gave.', '/cursor')
}
