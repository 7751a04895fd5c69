// Checks the query of a timeseries and rounds its range to whole points.
import { EVENTS_RANGE_DAYS_MAX, RANGE_DAYS_DEFAULT, TIMESERIES_POINTS_MAX } from '../../contract/report-limits.ts'
import { readsEvents, type TimeseriesInterval, type TimeseriesQuery } from '../../contract/timeseries.ts'
import { parseTime } from '../../ingest/event-time.ts'
import type { TimeseriesRequest } from '../../storage/reports/timeseries.ts'
import { FIRST_DAY, invalidQuery, LAST_DAY, queryDay } from './query-times.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const STEP_MS: Record<TimeseriesInterval, number> = { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS }
const FIRST_MS = Date.UTC(2000, 0, 1)
const LAST_MS = Date.UTC(9999, 0, 1)

/** Figures that can be narrowed to a name, and figures that can be split. */
const WITH_NAME = ['events', 'players']
const WITH_SPLIT = ['events', 'players', 'purchases']

/** @throws RequestProblem `invalid_query` */
export function timeseriesRequest(query: TimeseriesQuery, nowMs: number): TimeseriesRequest {
  const { figure, interval = 'day', name, split } = query
  if (name !== undefined && !WITH_NAME.includes(figure))
    throw invalidQuery('name', `name works only with the figures ${WITH_NAME.join(' and ')}.`)
  if (split !== undefined && !WITH_SPLIT.includes(figure))
    throw invalidQuery('split', `split works only with the figures ${WITH_SPLIT.join(', ')}.`)

  const stepMs = STEP_MS[interval]
  const defaultMs = (interval === 'minute' ? 1 : RANGE_DAYS_DEFAULT) * DAY_MS
  const toMs = endMs('to', query.to, interval) ?? Math.ceil((nowMs + 1) / stepMs) * stepMs
  const fromMs = endMs('from', query.from, interval) ?? toMs - defaultMs
  if (fromMs >= toMs) throw invalidQuery('from', 'from must be before to.')
  if ((toMs - fromMs) / stepMs > TIMESERIES_POINTS_MAX) {
    const longer = interval === 'day' ? '' : ' or a longer interval'
    throw invalidQuery(
      'from',
      `A timeseries has at most ${TIMESERIES_POINTS_MAX} points. Ask for a shorter range${longer}.`,
    )
  }
  const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()]
  const request = { figure, interval, from, to, name, split }
  if (readsEvents(request) && toMs - fromMs > EVENTS_RANGE_DAYS_MAX * DAY_MS) {
    const detail = `No rollup has this figure, so its range has at most ${EVENTS_RANGE_DAYS_MAX} days. Ask for a shorter range.`
    throw invalidQuery('from', detail)
  }
  return request
}

/** One end of the range, rounded outward to a whole point. A day at the end of the range belongs to the range. */
function endMs(name: 'from' | 'to', text: string | undefined, interval: TimeseriesInterval): number | undefined {
  if (text === undefined) return undefined
  // With the interval `day`, only days are valid.
  if (interval === 'day' || !text.includes(':')) {
    const dayMs = Date.parse(queryDay(name, text) ?? '')
    return name === 'from' ? dayMs : dayMs + DAY_MS
  }
  const ms = parseTime(text)?.ms
  if (ms === undefined || ms < FIRST_MS || ms >= LAST_MS)
    throw invalidQuery(
      name,
      `${name} must be a UTC day, YYYY-MM-DD, or an RFC 3339 time with a zone, from ${FIRST_DAY} to ${LAST_DAY}.`,
    )
  const round = name === 'from' ? Math.floor : Math.ceil
  return round(ms / STEP_MS[interval]) * STEP_MS[interval]
}
