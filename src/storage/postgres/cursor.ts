// Pages of rows, and the opaque cursors between them: a client sends a cursor back as it got it.

/** The text is no cursor that {@link encodeCursor} made. The caller decides whose fault that is. */
export class UnreadableCursor extends Error {
  readonly code = 'UNREADABLE_CURSOR'

  constructor() {
    super('The cursor cannot be read.')
  }
}

/** Every time that an event can have, from before the year 0 to beyond 20,000, and within PostgreSQL's limits. */
const MICROSECONDS = { min: -1e17, max: 6e17 }

const PARTS = {
  /** Microseconds since 1970. */
  time: (text: string) =>
    /^-?\d{1,18}$/.test(text) && Number(text) >= MICROSECONDS.min && Number(text) <= MICROSECONDS.max,
  uuid: (text: string) => /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(text),
}

/** SQL that writes a time as RFC 3339, in UTC to the microsecond, whatever the session's zone: 1 BC is the year 0. */
export function utcTime(column: string): string {
  const year = `case when ${column} < '0001-01-01 00:00:00+00' then '"0000"' else 'YYYY' end`
  return `to_char(${column} at time zone 'UTC', ${year} || '-MM-DD"T"HH24:MI:SS.US"Z"')`
}

/** SQL that writes a time as a cursor carries it. */
export function positionTime(column: string): string {
  return `(extract(epoch from ${column}) * 1000000)::bigint::text`
}

/** SQL that reads it again, exact because an interval is whole microseconds. The parameter occurs once, as `?` requires. */
export function timeOfPosition(parameter: string): string {
  return `('epoch'::timestamptz + (${parameter}::text || ' microseconds')::interval)`
}

export function encodeCursor(position: string[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

/** @throws UnreadableCursor for anything that {@link encodeCursor} did not make of such parts */
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
    // It is not JSON, and as unreadable as any other cursor that is not ours.
  }
  throw new UnreadableCursor()
}

/** A few rows can be as large as thousands of others. */
const PAGE_BYTES_MAX = 8 * 1024 * 1024

interface Page<Row> {
  rows: Row[]
  /** The row that the next page begins after; undefined on the last page. */
  last: Row | undefined
}

/** Cuts what was read to a page of at most `limit` rows and {@link PAGE_BYTES_MAX}, and of one row at least. */
export function cutPage<Row>(rows: Row[], limit: number, bytesOf: (row: Row) => number): Page<Row> {
  let bytes = 0
  const end = rows.findIndex((row) => {
    bytes += bytesOf(row)
    return bytes > PAGE_BYTES_MAX
  })
  if (end === -1) return { rows, last: rows.length === limit ? rows.at(-1) : undefined }
  const fitting = rows.slice(0, Math.max(1, end))
  return { rows: fitting, last: fitting.at(-1) }
}
