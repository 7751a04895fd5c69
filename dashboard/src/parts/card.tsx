// One answer on a screen: a title, the chart or the same figures as a table, and their CSV.
import type { ComponentChildren } from 'preact'
import { useId, useState } from 'preact/hooks'
import { csvOf, download } from '../csv.ts'
import { type Figures, Table } from './table.tsx'

interface Props {
  title: string
  /** What the figures mean, in a sentence. */
  note?: ComponentChildren
  figures?: Figures
  /** Drawn above the switch, such as a choice of what is counted. */
  controls?: ComponentChildren
  wide?: boolean
  /** The children are a table already. */
  isTable?: boolean
  /** The chart; without one the card is its table. */
  children?: ComponentChildren
}

export function Card({ title, note, figures, controls, wide, isTable, children }: Props) {
  const id = useId()
  const [asTable, setAsTable] = useState(false)
  const hasChart = children !== undefined && figures !== undefined && !isTable
  return (
    <section class={wide ? 'card wide' : 'card'} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {controls}
        {hasChart && (
          <button type="button" class="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
            Table
          </button>
        )}
        {figures && (
          <button
            type="button"
            class="quiet"
            onClick={() => download(`${title.toLowerCase().replaceAll(/\W+/g, '-')}.csv`, csvOf(figures))}
          >
            CSV
          </button>
        )}
      </header>
      {note && <p class="note">{note}</p>}
      {figures && (asTable || children === undefined) ? <Table caption={title} {...figures} /> : children}
    </section>
  )
}
