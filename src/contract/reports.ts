// What the reports' routes take and give: docs/reports.md has each figure's definition. Sums go out with all their digits,
// so that a client which reads numbers as doubles may round what lies beyond 2^53.
import { type Static, Type } from 'typebox'
import { filterText, nullable, time } from './fields.ts'
import {
  CURRENCIES_MAX,
  EVENTS_RANGE_DAYS_MAX,
  FUNNEL_STEPS_MAX,
  FUNNEL_STEPS_MIN,
  FUNNEL_WINDOW_HOURS_DEFAULT,
  FUNNEL_WINDOW_HOURS_MAX,
  LISTED_MAX,
  NAME_LENGTH_MAX,
  OTHER_SERIES,
  PLAYER_ID_LENGTH_MAX,
  PLAYER_SESSIONS_MAX,
  PROPERTIES_MAX,
  PROPERTY_EVENTS_MAX,
  PROPERTY_VALUE_LENGTH_MAX,
  PROPERTY_VALUES_MAX,
  RANGE_DAYS_DEFAULT,
  RANGE_DAYS_MAX,
  RESOURCES_MAX,
  STOPPED_AFTER_DAYS,
  TIMESERIES_POINTS_MAX,
} from './limits.ts'

const count = (description?: string) => Type.Integer(description ? { description } : {})
const day = (description = 'A UTC day.') => Type.String({ format: 'date', description })

const range = {
  from: Type.Optional(
    day(
      `The first day of the range (UTC, by corrected_at): ${RANGE_DAYS_DEFAULT} days with \`to\` by default.`,
    ),
  ),
  to: Type.Optional(
    day(`The last day of the range, included: today by default. At most ${RANGE_DAYS_MAX} days.`),
  ),
}

export const DayRangeQuerySchema = Type.Object(range, { additionalProperties: false })
export type DayRangeQuery = Static<typeof DayRangeQuerySchema>

export const FiguresSchema = Type.Object({
  players: count('Players with an event in the range.'),
  new_players: count('Of them, those whose first event ever is in it.'),
  sessions: count('Sessions that began in it; 30 idle minutes end one.'),
  events: count(),
  rejected_events: count(
    'Rejected events that arrived in it (received_at). A rejection still counts after it was replayed or pruned.',
  ),
  session_seconds: nullable(count('Mean length of these sessions.')),
  payers: count('Players with a purchase.'),
  revenue: Type.Array(Type.Object({ currency: Type.String(), amount_minor: count() })),
})
export type Figures = Static<typeof FiguresSchema>

export const OverviewReportSchema = Type.Object({
  from: day(),
  to: day(),
  first_event_at: nullable(time('The corrected_at of the game’s first event; null without events.')),
  last_event_at: nullable(time('The corrected_at of the game’s last event; null without events.')),
  current: FiguresSchema,
  previous: FiguresSchema,
  active: Type.Object(
    {
      dau: count('Players with an event on the day `to`.'),
      wau: count('… in the 7 days that end with it.'),
      mau: count('… in the 30 days that end with it.'),
    },
    { description: 'As of the day `to`.' },
  ),
})
export type OverviewReport = Static<typeof OverviewReportSchema>

const figure = Type.Enum(['events', 'players', 'new_players', 'sessions', 'purchases', 'revenue'])
const interval = Type.Enum(['minute', 'hour', 'day'])
export type TimeseriesFigure = Static<typeof figure>
export type TimeseriesInterval = Static<typeof interval>

export const TimeseriesQuerySchema = Type.Object(
  {
    figure,
    interval: Type.Optional(interval),
    from: Type.Optional(
      Type.String({
        description:
          'A UTC day; by minute or hour also an RFC 3339 time, which is taken down to the whole minute or hour.',
      }),
    ),
    to: Type.Optional(
      Type.String({
        description: `A UTC day, included; or a time, not included, which is taken up. At most ${TIMESERIES_POINTS_MAX} points; where \`events\` is read, at most ${EVENTS_RANGE_DAYS_MAX} days.`,
      }),
    ),
    name: Type.Optional(filterText),
    split: Type.Optional(
      Type.String({
        pattern: '^(name|platform|app_version|properties\\.[^\\u0000]+)$',
        maxLength: 200,
        description: 'name, platform, app_version or properties.<key>: of events, players and purchases.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type TimeseriesQuery = Static<typeof TimeseriesQuerySchema>

export const TimeseriesSchema = Type.Object({
  figure,
  interval,
  series: Type.Array(
    Type.Object({
      value: nullable(
        Type.String({
          description: `Of a split, the largest first, the rest as ${OTHER_SERIES}; of revenue the currency. null: no split, or events without the value.`,
        }),
      ),
      points: Type.Array(
        Type.Object({
          at: time('Where the minute, hour or day begins, such as 2026-11-22T00:00:00Z.'),
          count: count(),
        }),
        { description: 'Without gaps.' },
      ),
    }),
  ),
})
export type Timeseries = Static<typeof TimeseriesSchema>

const by = Type.Enum(['day', 'week'])

export const RetentionQuerySchema = Type.Object(
  { by: Type.Optional(by), ...range },
  { additionalProperties: false },
)
export type RetentionQuery = Static<typeof RetentionQuerySchema>

export const RetentionSchema = Type.Object({
  by,
  cohorts: Type.Array(
    Type.Object({
      first_day: day('The cohort’s first day; of a week its Monday.'),
      players: count('Whose first event ever is in it. Weeks count whole, also where the range parts one.'),
      returned: Type.Array(count(), {
        description:
          'Entry k: how many of them were active k days, or weeks, later; as far as these have begun.',
      }),
    }),
    { description: 'Oldest first; days without new players are left out.' },
  ),
})
export type Retention = Static<typeof RetentionSchema>

export const LevelsSchema = Type.Object({
  levels: Type.Array(
    Type.Object({
      level: count(),
      starts: count(),
      fails: count(),
      completes: count(),
      attempts_per_complete: nullable(Type.Number({ description: 'starts ÷ completes.' })),
      median_seconds: nullable(count('That completing took, by duration_ms.')),
      reached: count('Players, of all time, whose highest level tried is this one or a higher one.'),
      stopped: count(
        `Players who never completed it, tried no higher one, and were last active in the range and at least ${STOPPED_AFTER_DAYS} days before today.`,
      ),
    }),
    { description: 'Lowest first: those tried in the range, and those at which players stopped.' },
  ),
})
export type Levels = Static<typeof LevelsSchema>

export const FunnelQuerySchema = Type.Object(
  {
    step: Type.Array(Type.String({ pattern: '^[^\\u0000]+$', maxLength: NAME_LENGTH_MAX }), {
      minItems: FUNNEL_STEPS_MIN,
      maxItems: FUNNEL_STEPS_MAX,
      description: 'Names of events, in their order: step=a&step=b.',
    }),
    window_hours: Type.Optional(
      Type.Integer({ minimum: 1, maximum: FUNNEL_WINDOW_HOURS_MAX, default: FUNNEL_WINDOW_HOURS_DEFAULT }),
    ),
    ...range,
  },
  { additionalProperties: false },
)
export type FunnelQuery = Static<typeof FunnelQuerySchema>

export const FunnelSchema = Type.Object({
  steps: Type.Array(
    Type.Object({
      name: Type.String(),
      players: count(),
      median_seconds: nullable(count('From the step before; null of the first.')),
    }),
  ),
})
export type Funnel = Static<typeof FunnelSchema>

export const RevenueSchema = Type.Object({
  currencies: Type.Array(
    Type.Object({
      currency: Type.String(),
      amount_minor: count(),
      purchases: count(),
      payers: count(),
      arpdau_minor: Type.Number({ description: 'amount_minor ÷ the active players of each day, added up.' }),
      days: Type.Array(
        Type.Object({ day: day(), amount_minor: count(), purchases: count(), payers: count() }),
        { description: 'Without gaps.' },
      ),
    }),
    { description: `Most purchases first; at most ${CURRENCIES_MAX}.` },
  ),
  players: count('Active in the range.'),
  payers: count('Players with a purchase in it.'),
  conversion: nullable(Type.Number({ description: 'payers ÷ players.' })),
  first_purchases: count('Players whose first ever purchase is in it.'),
  median_days_to_first_purchase: nullable(count('Of these, from the day first seen.')),
  products: Type.Array(
    Type.Object({
      product_id: Type.String(),
      currency: Type.String(),
      purchases: count(),
      amount_minor: count(),
    }),
    { description: `Most purchases first; at most ${LISTED_MAX}.` },
  ),
})
export type Revenue = Static<typeof RevenueSchema>

export const ResourcesSchema = Type.Object({
  resources: Type.Array(
    Type.Object({
      resource: Type.String(),
      source: Type.Number(),
      sink: Type.Number(),
      net: Type.Number({ description: 'source − sink.' }),
      items: Type.Array(
        Type.Object({
          item: nullable(Type.String()),
          direction: Type.Enum(['source', 'sink']),
          amount: Type.Number(),
          events: count(),
        }),
        { description: `Largest amount first; at most ${LISTED_MAX}.` },
      ),
      days: Type.Array(Type.Object({ day: day(), source: Type.Number(), sink: Type.Number() }), {
        description: 'Without gaps.',
      }),
    }),
    { description: `Most events first; at most ${RESOURCES_MAX}.` },
  ),
})
export type Resources = Static<typeof ResourcesSchema>

export const PropertiesQuerySchema = Type.Object(
  { name: Type.Optional(filterText), ...range },
  { additionalProperties: false },
)
export type PropertiesQuery = Static<typeof PropertiesQuerySchema>

export const SeenPropertiesSchema = Type.Object({
  names: Type.Array(Type.Object({ name: Type.String(), events: count() }), {
    description: `All names in the range, most frequent first; at most ${LISTED_MAX}.`,
  }),
  properties: Type.Array(
    Type.Object({
      property: Type.String(),
      type: Type.Enum(['string', 'number', 'boolean', 'object', 'array', 'null', 'mixed']),
      values: Type.Array(Type.Object({ value: Type.String(), events: count() }), {
        description: `Of strings, numbers and booleans: most frequent first, at most ${PROPERTY_VALUES_MAX}, each cut to ${PROPERTY_VALUE_LENGTH_MAX} characters.`,
      }),
    }),
    { description: `Most frequent first; at most ${PROPERTIES_MAX}.` },
  ),
  looked_at: count(
    `Newest events of the range, and of the name, that the properties are from: at most ${PROPERTY_EVENTS_MAX}.`,
  ),
})
export type SeenProperties = Static<typeof SeenPropertiesSchema>

export const PlayerParamsSchema = Type.Object({
  game: Type.String(),
  player_id: Type.String({ minLength: 1, maxLength: PLAYER_ID_LENGTH_MAX, pattern: '^[^\\u0000]*$' }),
})

export const PlayerProfileSchema = Type.Object({
  player_id: Type.String(),
  first_seen_at: time('By corrected_at, as all times here.'),
  last_seen_at: time(''),
  active_days: count('UTC days with an event.'),
  first_day: day(),
  level_tried: nullable(count('The highest one.')),
  level_completed: nullable(count('The highest one.')),
  revenue: Type.Array(Type.Object({ currency: Type.String(), amount_minor: count(), purchases: count() })),
  sessions: Type.Array(
    Type.Object({ started_at: time(''), ended_at: time('The last event of it.'), events: count() }),
    { description: `Newest first; at most ${PLAYER_SESSIONS_MAX}.` },
  ),
})
export type PlayerProfile = Static<typeof PlayerProfileSchema>
