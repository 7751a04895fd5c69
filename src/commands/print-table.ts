// Prints a table with one line for each row, as psql does: text on the left, numbers on the right, nothing quoted.
import { stripVTControlCharacters } from 'node:util'

type Cell = string | number | boolean | null | undefined

const textOf = (cell: Cell) => stripVTControlCharacters(String(cell ?? '')).replaceAll(/\s+/g, ' ')

/** @param rows all with the same keys, which are the headings */
export function printTable(rows: Record<string, Cell>[]): void {
  const [first] = rows
  if (!first) return
  const columns = Object.keys(first).map((heading) => {
    const cells = rows.map((row) => row[heading])
    const texts = [heading, ...cells.map(textOf)]
    const width = Math.max(...texts.map((text) => text.length))
    return cells.every((cell) => typeof cell === 'number')
      ? texts.map((text) => text.padStart(width))
      : texts.map((text) => text.padEnd(width))
  })
  for (const line of columns[0]?.keys() ?? [])
    console.log(
      columns
        .map((column) => column[line])
        .join('  ')
        .trimEnd(),
    )
}
