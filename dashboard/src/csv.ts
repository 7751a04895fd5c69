// CSV as RFC 4180 has it, and its way to the disk.
import type { Cell, Figures } from './parts/table.tsx'

export function csvOf({ columns, rows }: Figures): string {
  const lines = [columns.map(({ label }) => label), ...rows]
  return lines.map((cells) => `${cells.map(field).join(',')}\r\n`).join('')
}

function field(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return String(cell)
  // A spreadsheet would run what begins like a formula; names and ids come from whoever sends events.
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export function download(fileName: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }))
  const link = Object.assign(document.createElement('a'), { href: url, download: fileName })
  link.click()
  setTimeout(() => URL.revokeObjectURL(url))
}
