// A section of a screen: a title, a chart, the same figures as a table, and a CSV file of them.
import type { ComponentChildren } from 'preact'
import { useId, useState } from 'preact/hooks'
import { csvOf, saveCsv } from '../csv.ts'
import { type Figures, Table } from './table.tsx'

interface Props {
  title: string
  /** Says in one sentence what the figures mean. */
  note?: ComponentChildren
  figures?: Figures
  /** Shown in the header beside the title. */
  controls?: ComponentChildren
  wide?: boolean
  /** The chart. Without it the card shows the figures as a table. */
  children?: ComponentChildren
}

export function Card({ title, note, figures, controls, wide, children }: Props) {
  const id = useId()
  const [asTable, setAsTable] = useState(false)
  const hasChart = children !== undefined && figures !== undefined
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
            onClick={() => saveCsv(`${title.toLowerCase().replaceAll(/\W+/g, '-')}.csv`, csvOf(figures))}
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
