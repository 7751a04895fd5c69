// A cell of a CSV file (RFC 4180). The export of the API escapes formulas by the same rule.

export function csvCell(cell: string | number | null): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return String(cell)
  // A spreadsheet runs text that begins like a formula, and anyone with a write key chooses names and ids.
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
