// The header of every screen: title, description and date range.
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { showLongDay } from '../format.ts'
import { dayOf, RANGE_DAYS, useView } from '../view.ts'
import { Problem } from './states.tsx'

interface Props {
  title: string
  about: string
  /** False for screens that do not depend on a date range. */
  ranged?: boolean
  children: ComponentChildren
}

export function Page({ title, about, ranged = true, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null)
  const { problem } = useView().range
  useEffect(() => {
    document.title = `${title} · Playtrace`
    // A screen reader starts at the top of the new screen.
    if (document.activeElement !== document.body) heading.current?.focus()
  }, [title])
  return (
    <>
      <header class="page">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          <p>{about}</p>
        </div>
        {ranged && <RangePicker />}
      </header>
      {ranged && problem !== undefined ? <Problem message={problem} /> : children}
    </>
  )
}

function RangePicker() {
  const { range, query, set } = useView()
  const today = dayOf(Date.now())
  /** As typed, also if the range cannot be shown. */
  const typed = range.problem === undefined ? range : { from: query.get('from') ?? '', to: query.get('to') ?? '' }
  const pick = (days: number) => set({ days: String(days), from: null, to: null })
  const custom = (change: { from?: string; to?: string }) => {
    const { from, to } = { from: typed.from, to: typed.to, ...change }
    if (from && to) set({ days: null, from, to })
  }
  return (
    <fieldset class="range">
      <legend class="unseen">Date range (UTC)</legend>
      <div class="choices">
        {RANGE_DAYS.map((days) => (
          <button key={days} type="button" aria-pressed={range.days === days} onClick={() => pick(days)}>
            {days} days
          </button>
        ))}
      </div>
      <input
        type="date"
        aria-label="First day"
        title={showLongDay(range.from)}
        max={today}
        value={typed.from}
        onChange={({ currentTarget }) => custom({ from: currentTarget.value })}
      />
      <span aria-hidden="true">–</span>
      <input
        type="date"
        aria-label="Last day"
        title={showLongDay(range.to)}
        max={today}
        value={typed.to}
        onChange={({ currentTarget }) => custom({ to: currentTarget.value })}
      />
    </fieldset>
  )
}
