// The text of an export, a piece at a time: NDJSON or CSV.
import { EXPORT_COLUMNS } from '../../contract/reading.ts'
import type { ExportFormat, ExportRow } from '../../storage/events/export-events.ts'

/** Without it, Excel does not read a CSV file as UTF-8. */
const BYTE_ORDER_MARK = '\uFEFF'

/** Aborts `ending` if the client reads nothing for `standstillMsMax`. */
export async function* exportText(
  rows: AsyncIterable<ExportRow[]>,
  format: ExportFormat,
  standstillMsMax: number,
  ending: AbortController,
): AsyncGenerator<string> {
  const line = format === 'csv' ? csvLine : (row: ExportRow) => `${row[0]}\n`
  if (format === 'csv') yield `${BYTE_ORDER_MARK}${csvLine([...EXPORT_COLUMNS])}`
  for await (const piece of rows) {
    const timer = setTimeout(() => ending.abort(new Error('The client reads nothing.')), standstillMsMax)
    try {
      yield piece.map(line).join('')
    } finally {
      clearTimeout(timer)
    }
  }
}

/**
 * A line of CSV (RFC 4180). Null is an empty field and an empty text a quoted one, so that the two differ. A value that a
 * spreadsheet would read as a formula is left as it is, because it is data.
 */
function csvLine(values: (string | null)[]): string {
  return `${values.map(field).join(',')}\r\n`
}

function field(value: string | null): string {
  if (value === null) return ''
  return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
