// The text of an export, a piece at a time.
import { EXPORT_COLUMNS } from '../../contract/export.ts'
import type { ExportFormat, ExportRow } from '../../storage/events/export-events.ts'
import { csvLine } from './csv.ts'

/** Aborts `ending` where nobody takes a piece for so long. */
export async function* exportText(
  rows: AsyncIterable<ExportRow[]>,
  format: ExportFormat,
  standstillMsMax: number,
  ending: AbortController,
): AsyncGenerator<string> {
  const line = format === 'csv' ? csvLine : (row: ExportRow) => `${row[0]}\n`
  if (format === 'csv') yield csvLine([...EXPORT_COLUMNS])
  for await (const piece of rows) {
    const timer = setTimeout(() => ending.abort(new Error('The client takes nothing.')), standstillMsMax)
    try {
      yield piece.map(line).join('')
    } finally {
      clearTimeout(timer)
    }
  }
}
