// Pages are bounded by bytes as well as by rows: a few rows can be as large as thousands.

const PAGE_BYTES_MAX = 8 * 1024 * 1024

export interface Page<Row> {
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
