// The query and answer of reports/timeseries, and the rule for what it reads: rollups or the events themselves.
import { type Static, Type } from 'typebox'
import { count, filter, nullable, time } from './fields.ts'
import { EVENTS_RANGE_DAYS_MAX, OTHER_SERIES, TIMESERIES_POINTS_MAX } from './report-limits.ts'

const figure = Type.Enum(['events', 'players', 'new_players', 'sessions', 'purchases', 'revenue'], {
  description: 'The figure that is counted. `revenue` is in minor units of each currency.',
})
const interval = Type.Enum(['minute', 'hour', 'day'], { description: 'The interval of one point.' })
type TimeseriesFigure = Static<typeof figure>
export type TimeseriesInterval = Static<typeof interval>

export const TimeseriesQuerySchema = Type.Object(
  {
    figure,
    interval: Type.Optional(interval),
    from: Type.Optional(
      Type.String({
        description:
          'The start of the range: a UTC day. By minute or hour it may also be an RFC 3339 time, which is rounded down to the interval.',
      }),
    ),
    to: Type.Optional(
      Type.String({
        description: `The end of the range: a UTC day, which is included, or an RFC 3339 time, which is not included and is rounded up to the interval. A series has at most ${TIMESERIES_POINTS_MAX} points. If the report reads events instead of rollups, the range has at most ${EVENTS_RANGE_DAYS_MAX} days.`,
      }),
    ),
    name: Type.Optional(filter('Only events with this name.')),
    split: Type.Optional(
      Type.String({
        pattern: '^(name|platform|app_version|properties\\.[^\\u0000]+)$',
        maxLength: 200,
        description:
          'Divides events, players or purchases into series: `name`, `platform`, `app_version` or `properties.<key>`.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type TimeseriesQuery = Static<typeof TimeseriesQuerySchema>

export const TimeseriesSchema = Type.Object(
  {
    figure,
    interval,
    series: Type.Array(
      Type.Object({
        value: nullable(
          Type.String({
            description: `The value of the split, or the currency of revenue. The largest series are first, and the others are added up as \`${OTHER_SERIES}\`. Null if there is no split, and for events without a value.`,
          }),
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
  },
  { title: 'TimeseriesReport', description: 'A figure over time.' },
)
export type Timeseries = Static<typeof TimeseriesSchema>

/** A split by a property is this and the property's key. */
export const PROPERTY_SPLIT = 'properties.'

export interface TimeseriesChoice {
  figure: TimeseriesFigure
  interval: TimeseriesInterval
  /** Only events of this name. */
  name: string | undefined
  /** `name`, `platform`, `app_version` or `properties.<key>`. */
  split: string | undefined
}

/** Whether no rollup holds it, so that its range is bounded. */
export function readsEvents({ figure, interval, name, split }: TimeseriesChoice): boolean {
  if (figure === 'events') return interval === 'minute' || (split?.startsWith(PROPERTY_SPLIT) ?? false)
  return figure === 'players' && (interval !== 'day' || name !== undefined || split !== undefined)
}
