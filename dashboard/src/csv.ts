// Writes a report as CSV (RFC 4180), and saves files.
import { csvCell } from './csv-cell.ts'
import type { Figures } from './parts/table.tsx'

export function csvOf({ columns, rows }: Figures): string {
  const lines = [columns.map(({ label }) => label), ...rows]
  return lines.map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('')
}

/** Without it, Excel does not read the file as UTF-8. */
const BYTE_ORDER_MARK = '\uFEFF'

export function saveCsv(fileName: string, text: string): void {
  const url = URL.createObjectURL(new Blob([BYTE_ORDER_MARK, text], { type: 'text/csv' }))
  saveUrl(url, fileName)
  setTimeout(() => URL.revokeObjectURL(url))
}

/** @param fileName only for a URL whose answer does not name the file */
export function saveUrl(url: string, fileName = ''): void {
  Object.assign(document.createElement('a'), { href: url, download: fileName }).click()
}
