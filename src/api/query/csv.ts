// Comma-separated values as RFC 4180 has them. What looks like a spreadsheet's formula stays as it is: it is data.

/** A line. Null is an empty field, an empty text a quoted one, so that the two can be told apart. */
export function csvLine(values: (string | null)[]): string {
  return `${values.map(field).join(',')}\r\n`
}

function field(value: string | null): string {
  if (value === null) return ''
  return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
