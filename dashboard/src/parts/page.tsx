// The header of every screen: title, description and date range.
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { showLongDay } from '../format.ts'
import { RANGE_DAYS, useView } from '../view.ts'

interface Props {
  title: string
  about: string
  /** False for screens that do not depend on a date range. */
  ranged?: boolean
  children: ComponentChildren
}

export function Page({ title, about, ranged = true, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null)
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
      {children}
    </>
  )
}

function RangePicker() {
  const { range, set } = useView()
  const pick = (days: number) => set({ days: String(days), from: null, to: null })
  const custom = (change: { from?: string; to?: string }) => {
    const { from, to } = { from: range.from, to: range.to, ...change }
    if (from && to) set(from <= to ? { days: null, from, to } : { days: null, from: to, to: from })
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
        value={range.from}
        onChange={({ currentTarget }) => custom({ from: currentTarget.value })}
      />
      <span aria-hidden="true">–</span>
      <input
        type="date"
        aria-label="Last day"
        title={showLongDay(range.to)}
        value={range.to}
        onChange={({ currentTarget }) => custom({ to: currentTarget.value })}
      />
    </fieldset>
  )
}
