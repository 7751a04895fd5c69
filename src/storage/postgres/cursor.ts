// Pages of rows, and the cursors that lead to the next page. A cursor is opaque: a client sends it back unchanged.

/** The text is not a cursor that {@link encodeCursor} made. */
export class UnreadableCursor extends Error {
  readonly code = 'UNREADABLE_CURSOR'

  constructor() {
    super('The cursor cannot be read.')
  }
}

/** The range holds every time that an event can have, and is within PostgreSQL's limits. */
const MICROSECONDS = { min: -1e17, max: 6e17 }

const PARTS = {
  /** Microseconds since 1970. */
  time: (text: string) =>
    /^-?\d{1,18}$/.test(text) && Number(text) >= MICROSECONDS.min && Number(text) <= MICROSECONDS.max,
  number: (text: string) => /^\d{1,18}$/.test(text),
  uuid: (text: string) => /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(text),
}

/** SQL: a time as RFC 3339, in UTC, to the microsecond. The year 1 BC is written as 0000. */
export function utcTime(column: string): string {
  const year = `case when ${column} < '0001-01-01 00:00:00+00' then '"0000"' else 'YYYY' end`
  return `to_char(${column} at time zone 'UTC', ${year} || '-MM-DD"T"HH24:MI:SS.US"Z"')`
}

/** SQL: a time as a part of a cursor. */
export function positionTime(column: string): string {
  return `(extract(epoch from ${column}) * 1000000)::bigint::text`
}

/** SQL: the time that a part of a cursor means. It is exact, because an interval has whole microseconds. */
export function timeOfPosition(parameter: string): string {
  return `('epoch'::timestamptz + (${parameter}::text || ' microseconds')::interval)`
}

export function encodeCursor(position: string[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

/** @throws UnreadableCursor if {@link encodeCursor} did not make the cursor from these parts */
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
    // The text is not JSON.
  }
  throw new UnreadableCursor()
}

/** Limits a page of large rows. */
const PAGE_BYTES_MAX = 8 * 1024 * 1024

interface Page<Row> {
  rows: Row[]
  /** The row that the next page begins after; undefined on the last page. */
  last: Row | undefined
}

/** Cuts the rows to a page of at most `limit` rows and {@link PAGE_BYTES_MAX}, but of at least one row. */
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
