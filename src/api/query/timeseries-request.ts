// Checks the query of a timeseries and rounds its range to whole points.
import { RequestProblem } from '../../contract/answer.ts'
import {
  EVENTS_RANGE_DAYS_MAX,
  RANGE_DAYS_DEFAULT,
  TIMESERIES_POINTS_MAX,
} from '../../contract/report-limits.ts'
import { readsEvents, type TimeseriesInterval, type TimeseriesQuery } from '../../contract/timeseries.ts'
import { parseTime } from '../../ingest/event-time.ts'
import type { TimeseriesRequest } from '../../storage/reports/timeseries.ts'
import { queryDay } from './query-times.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const STEP_MS: Record<TimeseriesInterval, number> = { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS }
const DEFAULT_MS: Record<TimeseriesInterval, number> = {
  minute: DAY_MS,
  hour: RANGE_DAYS_DEFAULT * DAY_MS,
  day: RANGE_DAYS_DEFAULT * DAY_MS,
}
const FIRST_MS = Date.UTC(2000, 0, 1)
const LAST_MS = Date.UTC(9999, 0, 1)

/** Figures that can be narrowed to a name, and figures that can be split. */
const WITH_NAME = ['events', 'players']
const WITH_SPLIT = ['events', 'players', 'purchases']

/** @throws RequestProblem `invalid_query` */
export function timeseriesRequest(query: TimeseriesQuery, nowMs: number): TimeseriesRequest {
  const { figure, interval = 'day', name, split } = query
  if (name !== undefined && !WITH_NAME.includes(figure))
    throw new RequestProblem(
      'invalid_query',
      `name works only with the figures ${WITH_NAME.join(' and ')}.`,
      '/name',
    )
  if (split !== undefined && !WITH_SPLIT.includes(figure))
    throw new RequestProblem(
      'invalid_query',
      `split works only with the figures ${WITH_SPLIT.join(', ')}.`,
      '/split',
    )

  const stepMs = STEP_MS[interval]
  const toMs = endOf(query.to, interval) ?? Math.ceil((nowMs + 1) / stepMs) * stepMs
  const fromMs = startOf(query.from, interval) ?? toMs - DEFAULT_MS[interval]
  if (fromMs >= toMs) throw new RequestProblem('invalid_query', 'from must be before to.', '/from')
  if ((toMs - fromMs) / stepMs > TIMESERIES_POINTS_MAX) {
    const detail = `A timeseries has at most ${TIMESERIES_POINTS_MAX} points. Ask for a shorter range or an interval longer than ${interval}.`
    throw new RequestProblem('invalid_query', detail, '/from')
  }
  const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()]
  const request = { figure, interval, from, to, name, split }
  if (readsEvents(request) && toMs - fromMs > EVENTS_RANGE_DAYS_MAX * DAY_MS) {
    const detail = `This timeseries reads single events. Its range may have at most ${EVENTS_RANGE_DAYS_MAX} days.`
    throw new RequestProblem('invalid_query', detail, '/from')
  }
  return request
}

function startOf(text: string | undefined, interval: TimeseriesInterval): number | undefined {
  const day = dayIn('from', text, interval)
  if (day !== undefined) return Date.parse(day)
  const ms = timeIn('from', text)
  return ms === undefined ? undefined : Math.floor(ms / STEP_MS[interval]) * STEP_MS[interval]
}

function endOf(text: string | undefined, interval: TimeseriesInterval): number | undefined {
  const day = dayIn('to', text, interval)
  if (day !== undefined) return Date.parse(day) + DAY_MS
  const ms = timeIn('to', text)
  return ms === undefined ? undefined : Math.ceil(ms / STEP_MS[interval]) * STEP_MS[interval]
}

/** With the interval `day`, only days are valid. */
function dayIn(name: string, text: string | undefined, interval: TimeseriesInterval): string | undefined {
  return interval === 'day' || !text?.includes(':') ? queryDay(name, text) : undefined
}

function timeIn(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = parseTime(text)?.ms
  if (ms !== undefined && ms >= FIRST_MS && ms < LAST_MS) return ms
  throw new RequestProblem(
    'invalid_query',
    `${name} must be a UTC day, YYYY-MM-DD, or an RFC 3339 time with a zone, after 2000.`,
    `/${name}`,
  )
}
