// A table of figures. Charts and CSV files are made from the same figures.
import type { ComponentChildren } from 'preact'
import { Scroll } from './scroll.tsx'

export type Cell = string | number | null

interface Column {
  label: string
  /** Formats a cell on the screen. A CSV file contains the plain value. */
  show?: (value: never, row: Cell[]) => ComponentChildren
}

export interface Figures {
  columns: Column[]
  rows: Cell[][]
}

interface Props extends Figures {
  caption: string
}

export function Table({ caption, columns, rows }: Props) {
  return (
    <Scroll label={caption}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ label }, at) => (
              <th key={label} scope="col" class={isNumeric(rows, at) ? 'number' : undefined}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, number) => (
            <tr key={`${number} ${row[0]}`}>
              {columns.map((column, at) => (
                <td key={column.label} class={isNumeric(rows, at) ? 'number' : undefined}>
                  {shown(column, row, at)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

function shown({ show }: Column, row: Cell[], at: number): ComponentChildren {
  const value = row[at] ?? null
  return show ? show(value as never, row) : value === null ? '–' : String(value)
}

const isNumeric = (rows: Cell[][], at: number) => rows.some((row) => typeof row[at] === 'number')
