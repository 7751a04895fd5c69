// The query and answer of reports/timeseries, and the rule that says whether it reads rollups or events.
import { type Static, Type } from 'typebox'
import { count, filter, named, nullable, query, text, time } from './fields.ts'
import { EVENTS_RANGE_DAYS_MAX, OTHER, TIMESERIES_POINTS_MAX } from './report-limits.ts'

const figure = Type.Enum(['events', 'players', 'new_players', 'sessions', 'purchases', 'revenue'], {
  description: 'The figure that is counted. `revenue` is in minor units of each currency.',
})
const interval = Type.Enum(['minute', 'hour', 'day'], { description: 'The interval of one point.' })
type TimeseriesFigure = Static<typeof figure>
export type TimeseriesInterval = Static<typeof interval>

export const SPLIT_PATTERN = '^(name|platform|app_version|properties\\.[^\\u0000]+)$'

export const TimeseriesQuerySchema = query({
  figure,
  interval: Type.Optional(interval),
  from: Type.Optional(
    text(
      'The start of the range: a UTC day. By minute or hour it may also be an RFC 3339 time, which is rounded down to the interval.',
    ),
  ),
  to: Type.Optional(
    text(
      `The end of the range: a UTC day, which is included, or an RFC 3339 time, which is not included and is rounded up to the interval. A series has at most ${TIMESERIES_POINTS_MAX} points. If the report reads events instead of rollups, the range has at most ${EVENTS_RANGE_DAYS_MAX} days.`,
    ),
  ),
  name: Type.Optional(filter('Only events with this name.')),
  split: Type.Optional(
    Type.String({
      pattern: SPLIT_PATTERN,
      maxLength: 200,
      description:
        'Divides events, players or purchases into series: `name`, `platform`, `app_version` or `properties.<key>`.',
    }),
  ),
})
export type TimeseriesQuery = Static<typeof TimeseriesQuerySchema>

export const TimeseriesSchema = named('TimeseriesReport', 'A figure over time.', {
  figure,
  interval,
  series: Type.Array(
    Type.Object({
      value: nullable(
        text(
          `The value of the split, or the currency of revenue. The largest series come first. \`${OTHER}\` is the sum of the others. Null if there is no split, and for events without a value.`,
        ),
      ),
      points: Type.Array(
        Type.Object({
          at: time('The start of the minute, hour or day.'),
          count: count('The figure in this interval.'),
        }),
        { description: 'One point for each interval, without gaps.' },
      ),
    }),
  ),
})
export type Timeseries = Static<typeof TimeseriesSchema>

/** A split by a property is this text followed by the key of the property. */
export const PROPERTY_SPLIT = 'properties.'

export interface TimeseriesChoice {
  figure: TimeseriesFigure
  interval: TimeseriesInterval
  /** Only events of this name. */
  name: string | undefined
  /** `name`, `platform`, `app_version` or `properties.<key>`. */
  split: string | undefined
}

/** Returns true if no rollup has the figure. Then the report reads events, and its range is limited. */
export function readsEvents({ figure, interval, name, split }: TimeseriesChoice): boolean {
  if (figure === 'events') return interval === 'minute' || (split?.startsWith(PROPERTY_SPLIT) ?? false)
  return figure === 'players' && (interval !== 'day' || name !== undefined || split !== undefined)
}
