// The text of an export, a piece at a time: NDJSON or CSV.
import { EXPORT_COLUMNS } from '../../contract/reading.ts'
import type { ExportFormat, ExportRow } from '../../storage/events/export-events.ts'

/** Without it, Excel does not read a CSV file as UTF-8. */
const BYTE_ORDER_MARK = '\uFEFF'

/** `raw_csv` is CSV for programs: without apostrophes before formulas. */
export type TextFormat = ExportFormat | 'raw_csv'

/** Aborts `ending` if the client reads nothing for `standstillMsMax`. */
export async function* exportText(
  rows: AsyncIterable<ExportRow[]>,
  format: TextFormat,
  standstillMsMax: number,
  ending: AbortController,
): AsyncGenerator<string> {
  const line = LINES[format]
  if (format !== 'ndjson') yield `${BYTE_ORDER_MARK}${line([...EXPORT_COLUMNS])}`
  for await (const piece of rows) {
    const timer = setTimeout(() => ending.abort(new Error('The client reads nothing.')), standstillMsMax)
    try {
      yield piece.map(line).join('')
    } finally {
      clearTimeout(timer)
    }
  }
}

const LINES: Record<TextFormat, (row: ExportRow) => string> = {
  ndjson: (row) => `${row[0]}\n`,
  csv: (row) => csvLine(row.map(withoutFormula)),
  raw_csv: csvLine,
}

/** A line of CSV (RFC 4180). Null is an empty field and an empty text a quoted one, so that the two differ. */
function csvLine(values: ExportRow): string {
  return `${values.map(field).join(',')}\r\n`
}

function field(value: string | null): string {
  if (value === null) return ''
  return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}

/** A spreadsheet runs text that begins like a formula, and anyone with a write key chooses names and ids. */
function withoutFormula(value: string | null): string | null {
  return value !== null && /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
}
