// One large figure with its change from the previous period.
import type { ComponentChildren } from 'preact'
import { showChange } from '../format.ts'

interface Props {
  label: string
  value: ComponentChildren
  /** The current and the previous figure, shown as a change in percent. */
  compared?: { now: number | null; before: number | null; shownBefore: string }
  note?: ComponentChildren
}

export function Tile({ label, value, compared, note }: Props) {
  return (
    <div class="tile">
      <dt>{label}</dt>
      <dd>
        <strong>{value}</strong>
        {compared && <Change {...compared} />}
        {note && <span class="note">{note}</span>}
      </dd>
    </div>
  )
}

function Change({ now, before, shownBefore }: NonNullable<Props['compared']>) {
  if (now === null || before === null) return <span class="change">no previous value</span>
  if (before === 0) return <span class="change">{now === 0 ? 'no change' : 'from 0'}</span>
  const change = now / before - 1
  const way = change > 0 ? 'up' : change < 0 ? 'down' : 'level'
  return (
    <span class={`change ${way}`}>
      <span aria-hidden="true">{{ up: '▲', down: '▼', level: '■' }[way]}</span> {showChange(change)}
      <span class="before"> from {shownBefore}</span>
    </span>
  )
}

export function Tiles({ children }: { children: ComponentChildren }) {
  return <dl class="tiles">{children}</dl>
}
