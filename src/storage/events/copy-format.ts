// The text format of PostgreSQL's COPY (https://www.postgresql.org/docs/18/sql-copy.html, "Text Format").

export type CopyValue = string | number | boolean | null

const NEEDS_ESCAPE = /[\\\b\f\n\r\t\v]/
const ESCAPES: Record<string, string> = {
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
}

/** Columns are separated by tabs and rows end with a newline. Null is \N. */
export function copyRow(values: CopyValue[]): string {
  return `${values.map(copyField).join('\t')}\n`
}

function copyField(value: CopyValue): string {
  if (value === null) return '\\N'
  if (typeof value === 'boolean') return value ? 't' : 'f'
  if (typeof value === 'number') return String(value)
  return NEEDS_ESCAPE.test(value) ? value.replace(/[\\\b\f\n\r\t\v]/g, (char) => ESCAPES[char] ?? char) : value
}
