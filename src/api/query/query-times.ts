// Validates the times and days of a query, and gives an absent range of days its default.
import { RequestProblem } from '../../contract/answer.ts'
import { RANGE_DAYS_DEFAULT, RANGE_DAYS_MAX } from '../../contract/report-limits.ts'
import type { DayRangeQuery } from '../../contract/reports.ts'
import { parseTime } from '../../ingest/event-time.ts'
import type { DayRange } from '../../storage/reports/day-range.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const DAY = /^\d{4}-\d\d-\d\d$/
/** The first and the last day that a report can contain. */
export const FIRST_DAY = '2000-01-01'
export const LAST_DAY = '9998-12-31'

export function utcDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

function daysAfter(day: string, days: number): string {
  return utcDay(Date.parse(day) + days * DAY_MS)
}

/** @param name the parameter that is not valid */
export function invalidQuery(name: string, detail: string): RequestProblem {
  return new RequestProblem('invalid_query', detail, `/${name}`)
}

/** @throws RequestProblem `invalid_query` */
export function dayRange(query: DayRangeQuery, nowMs: number, daysMax = RANGE_DAYS_MAX): DayRange {
  const to = queryDay('to', query.to) ?? utcDay(nowMs)
  const from = queryDay('from', query.from) ?? daysAfter(to, 1 - RANGE_DAYS_DEFAULT)
  if (from > to) throw invalidQuery('from', `from (${from}) is after to (${to}).`)
  const lastDay = daysAfter(from, daysMax - 1)
  if (to > lastDay) {
    const detail = `The range has at most ${daysMax} days. The last day of a range from ${from} is ${lastDay}.`
    throw invalidQuery('from', detail)
  }
  return { from, to }
}

/** @throws RequestProblem `invalid_query` */
export function queryDay(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const ms = DAY.test(text) ? Date.parse(text) : Number.NaN
  // Date.parse reads the 30th of February as the 2nd of March.
  if (!Number.isNaN(ms) && utcDay(ms) === text && text >= FIRST_DAY && text <= LAST_DAY) return text
  throw invalidQuery(name, `${name} must be a day, YYYY-MM-DD, from ${FIRST_DAY} to ${LAST_DAY}.`)
}

/** @throws RequestProblem `invalid_query` */
export function queryTime(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const time = parseTime(text)
  if (!time) throw invalidQuery(name, `${name} must be an RFC 3339 time with a zone.`)
  return time.text
}

/** @throws RequestProblem `invalid_query` */
export function queryTimes({ from, to }: { from?: string; to?: string }) {
  return { from: queryTime('from', from), to: queryTime('to', to) }
}
