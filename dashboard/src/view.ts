// The view is in the URL, so that it can be shared: filters by name, and a range of days in UTC.
import { useLocation } from 'preact-iso'

export const RANGE_DAYS = [7, 30, 90]
const DAYS_DEFAULT = 30
const DAY_MS = 86_400_000

export interface Range {
  /** The first and the last day of the range, as YYYY-MM-DD. */
  from: string
  to: string
  /** The length of a preset range. Undefined for a custom range. */
  days: number | undefined
  /** Why the range in the URL cannot be shown. The range is then the default. */
  problem?: string
}

type Changes = Record<string, string | string[] | null>

export interface View {
  path: string
  query: URLSearchParams
  range: Range
  /** Changes filters in the URL. null or '' removes a filter. */
  set(changes: Changes): void
}

export function useView(): View {
  const { url, path, route } = useLocation()
  const query = new URL(url, location.origin).searchParams
  return { path, query, range: rangeOf(query), set: (changes) => route(pathWith(path, query, changes), true) }
}

function pathWith(path: string, query: URLSearchParams, changes: Changes): string {
  const next = new URLSearchParams(query)
  for (const [name, value] of Object.entries(changes)) {
    next.delete(name)
    for (const one of Array.isArray(value) ? value : [value]) if (one) next.append(name, one)
  }
  const text = next.toString()
  return text ? `${path}?${text}` : path
}

/** A link to another screen with the same range. */
export function linkTo(path: string, query: URLSearchParams, filters: Record<string, string> = {}): string {
  const kept = new URLSearchParams(filters)
  for (const name of ['days', 'from', 'to']) {
    const value = query.get(name)
    if (value) kept.set(name, value)
  }
  const text = kept.toString()
  return text ? `${path}?${text}` : path
}

const isDay = (text: string | null): text is string => text !== null && /^\d{4}-\d\d-\d\d$/.test(text)

function problemOf(from: string, to: string, today: string): string | undefined {
  if (from > to) return `The first day (${from}) is after the last day (${to}). Choose another range.`
  if (from > today) return `The range begins after today (${today} in UTC). Choose another range.`
  return undefined
}

function rangeOf(query: URLSearchParams): Range {
  const [from, to] = [query.get('from'), query.get('to')]
  const today = dayOf(Date.now())
  const problem = isDay(from) && isDay(to) ? problemOf(from, to, today) : undefined
  // Days that are not yet there would look like days without events.
  if (isDay(from) && isDay(to) && problem === undefined) return { from, to: earlier(to, today), days: undefined }
  const asked = Number(query.get('days'))
  const days = RANGE_DAYS.includes(asked) ? asked : DAYS_DEFAULT
  return { from: addDays(today, 1 - days), to: today, days, ...(problem !== undefined && { problem }) }
}

/** Today is not over, so its point in a chart would look like a fall. */
export const isToday = (at: string) => at.slice(0, 10) === dayOf(Date.now())
export const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)
export const earlier = (one: string, other: string) => [one, other].sort()[0] ?? one
export const addDays = (day: string, days: number) => dayOf(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS)

/** The range as times: its first moment, and the first moment after it. */
export const timesOf = ({ from, to }: Range) => ({
  from: `${from}T00:00:00Z`,
  to: `${addDays(to, 1)}T00:00:00Z`,
})
