// The queries and answers of the reports. docs/reports.md defines each figure. Sums are sent with all their digits, so a
// client that reads numbers as doubles may round a sum beyond 2^53.
import { type Static, Type } from 'typebox'
import {
  amount,
  count,
  currency,
  day,
  events,
  filter,
  named,
  nullable,
  number,
  purchases,
  query,
  SOME_TEXT_WITHOUT_NUL,
  text,
  time,
} from './fields.ts'
import { NAME_LENGTH_MAX } from './limits.ts'
import {
  CURRENCIES_MAX,
  DATA_QUALITY_MAX,
  FUNNEL_STEPS_MAX,
  FUNNEL_STEPS_MIN,
  FUNNEL_WINDOW_HOURS_DEFAULT,
  FUNNEL_WINDOW_HOURS_MAX,
  LISTED_MAX,
  PROPERTIES_MAX,
  PROPERTY_EVENTS_MAX,
  PROPERTY_VALUE_LENGTH_MAX,
  PROPERTY_VALUES_MAX,
  RANGE_DAYS_DEFAULT,
  RANGE_DAYS_MAX,
  RESOURCES_MAX,
  STOPPED_AFTER_DAYS,
} from './report-limits.ts'

const range = {
  from: Type.Optional(
    day(
      `The first UTC day of the range, by \`corrected_at\`. Default: the day that makes a range of ${RANGE_DAYS_DEFAULT} days.`,
    ),
  ),
  to: Type.Optional(
    day(
      `The last UTC day of the range, which is included. Default: today. A range has at most ${RANGE_DAYS_MAX} days.`,
    ),
  ),
}

export const DayRangeQuerySchema = query(range)
export type DayRangeQuery = Static<typeof DayRangeQuerySchema>

const FiguresSchema = named('Figures', 'The figures of a range of days.', {
  players: count('Players with an event in the range.'),
  new_players: count('Players whose first event of all time is in the range.'),
  sessions: count('Sessions that began in the range. A session ends after 30 minutes without an event.'),
  events,
  rejected_events: count(
    'Rejected events that arrived in the range. This includes rejections that were not kept, and those that were replayed or deleted later.',
  ),
  session_seconds: nullable(count('The mean length of these sessions in seconds. Null if there are none.')),
  payers: count('Players with a purchase in the range.'),
  revenue: Type.Array(Type.Object({ currency, amount_minor: amount })),
})
export type Figures = Static<typeof FiguresSchema>

export const OverviewReportSchema = named(
  'OverviewReport',
  'The figures of the range (`current`) and of the range of the same length before it (`previous`).',
  {
    from: day(),
    to: day(),
    first_event_at: nullable(time('The time of the first event of the game, by `corrected_at`. Null without events.')),
    last_event_at: nullable(time('The time of the last event of the game, by `corrected_at`. Null without events.')),
    current: FiguresSchema,
    previous: FiguresSchema,
    active: Type.Object(
      {
        dau: count('Players with an event on the day `to`.'),
        wau: count('Players with an event in the 7 days that end with the day `to`.'),
        mau: count('Players with an event in the 30 days that end with the day `to`.'),
      },
      { description: 'Active players on the day `to`.' },
    ),
  },
)
export type OverviewReport = Static<typeof OverviewReportSchema>

const by = Type.Enum(['day', 'week'], { description: 'The length of a cohort and of its periods.' })

export const RetentionQuerySchema = query({ by: Type.Optional(by), ...range })

export const RetentionSchema = named('RetentionReport', 'New players by day or week, and how many of them returned.', {
  by,
  cohorts: Type.Array(
    Type.Object({
      first_day: day('The first day of the cohort. For a week this is the Monday.'),
      players: count(
        'Players whose first event of all time is in this day or week. A week that is partly in the range counts as a whole.',
      ),
      returned: Type.Array(Type.Integer(), {
        description:
          'Entry k is the number of these players who were active k days or weeks later. The last entry is the current day or week.',
      }),
    }),
    { description: 'Oldest first. Days and weeks without new players are left out.' },
  ),
})
export type Retention = Static<typeof RetentionSchema>

const notCounted = Type.Array(
  Type.Object({
    name: text('The name of the standard event.'),
    path: text('A JSON Pointer to the first property that does not fit.'),
    app_version: nullable(text('The version of the game that sent the events.')),
    events: count('The number of events that are stored and not counted.'),
    sample_event_id: text('The newest of these events.'),
  }),
  {
    description: `Standard events that this report leaves out, because their properties do not fit. Most events first, at most ${DATA_QUALITY_MAX} entries.`,
  },
)

export const LevelsSchema = named('LevelsReport', 'How players progress through the levels.', {
  levels: Type.Array(
    Type.Object({
      level: count('The number of the level.'),
      starts: count('The number of `level_start` events.'),
      fails: count('The number of `level_fail` events.'),
      completes: count('The number of `level_complete` events.'),
      attempts_per_complete: nullable(number('`starts` divided by `completes`. Null if `completes` is 0.')),
      median_seconds: nullable(count('The median time of a completion in seconds, from `duration_ms`.')),
      reached: count('Players who ever tried this level or a higher one.'),
      stopped: count(
        `Players who never completed this level, tried no higher level, and were last active in the range and at least ${STOPPED_AFTER_DAYS} days before today.`,
      ),
    }),
    { description: 'Lowest first: levels that were tried in the range or at which players stopped.' },
  ),
  not_counted: notCounted,
})
export type Levels = Static<typeof LevelsSchema>

export const FunnelQuerySchema = query({
  step: Type.Array(Type.String({ pattern: SOME_TEXT_WITHOUT_NUL, maxLength: NAME_LENGTH_MAX }), {
    minItems: FUNNEL_STEPS_MIN,
    maxItems: FUNNEL_STEPS_MAX,
    description: 'The names of the events in order, such as `step=a&step=b`.',
  }),
  window_hours: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: FUNNEL_WINDOW_HOURS_MAX,
      default: FUNNEL_WINDOW_HOURS_DEFAULT,
      description: 'The maximum time from the first step to the last one, in hours.',
    }),
  ),
  ...range,
})

export const FunnelSchema = named('FunnelReport', 'How many players completed each step after the one before.', {
  steps: Type.Array(
    Type.Object({
      name: text('The name of the event.'),
      players: count('Players who completed this step and all steps before it.'),
      median_seconds: nullable(
        count(
          'The median time since the previous step in seconds. Null for the first step, and if no player completed the step.',
        ),
      ),
    }),
  ),
})
export type Funnel = Static<typeof FunnelSchema>

export const DataQualitySchema = named('DataQualityReport', 'What is stored and not counted as it was sent.', {
  not_counted: notCounted,
  repeated_transactions: Type.Array(
    Type.Object({
      transaction_id: text('The `transaction_id` of the purchases.'),
      purchases: count('The number of purchases. Each has its own `event_id`, and each is counted.'),
      event_ids: Type.Array(Type.String(), { description: `Oldest first, at most ${DATA_QUALITY_MAX}.` }),
    }),
    { description: `Most purchases first, at most ${DATA_QUALITY_MAX} entries.` },
  ),
})
export type DataQuality = Static<typeof DataQualitySchema>

const payers = count('Players with a purchase.')

export const RevenueSchema = named('RevenueReport', 'Purchases by currency, day and product, and who paid.', {
  currencies: Type.Array(
    Type.Object({
      currency,
      amount_minor: amount,
      purchases,
      payers,
      arpdau_minor: number('`amount_minor` divided by the sum of the daily active players.'),
      days: Type.Array(Type.Object({ day: day(), amount_minor: amount, purchases, payers }), {
        description: 'One entry for each day, without gaps.',
      }),
    }),
    { description: `Most purchases first, at most ${CURRENCIES_MAX} currencies.` },
  ),
  players: count('Players with an event in the range.'),
  payers: count('Players with a purchase in the range.'),
  conversion: nullable(number('`payers` divided by `players`. Null if there are no players.')),
  first_purchases: count('Players whose first purchase of all time is in the range.'),
  median_days_to_first_purchase: nullable(
    count('The median number of days from the first event of these players to their first purchase.'),
  ),
  products: Type.Array(Type.Object({ product_id: Type.String(), currency, purchases, amount_minor: amount }), {
    description: `Most purchases first, at most ${LISTED_MAX} products.`,
  }),
  not_counted: notCounted,
})
export type Revenue = Static<typeof RevenueSchema>

const source = number('The amount that players gained.')
const sink = number('The amount that players spent.')

export const ResourcesSchema = named('ResourcesReport', 'What players gained and spent.', {
  resources: Type.Array(
    Type.Object({
      resource: text('The name of the resource, such as `coins`.'),
      source,
      sink,
      net: number('`source` minus `sink`.'),
      items: Type.Array(
        Type.Object({
          item: nullable(text('The `item` of the events. Null for events without one.')),
          direction: Type.Enum(['source', 'sink']),
          amount: number('The amount that was gained from the item or spent on it.'),
          events,
        }),
        { description: `Largest amount first, at most ${LISTED_MAX} items.` },
      ),
      days: Type.Array(Type.Object({ day: day(), source, sink }), {
        description: 'One entry for each day, without gaps.',
      }),
    }),
    { description: `Most events first, at most ${RESOURCES_MAX} resources.` },
  ),
  not_counted: notCounted,
})
export type Resources = Static<typeof ResourcesSchema>

export const PropertiesQuerySchema = query({
  name: Type.Optional(filter('Only events with this name.')),
  ...range,
})

export const SeenPropertiesSchema = named('SeenProperties', 'The names, properties and values that occur in events.', {
  names: Type.Array(Type.Object({ name: Type.String(), events }), {
    description: `The names of events in the range, most frequent first, at most ${LISTED_MAX}.`,
  }),
  properties: Type.Array(
    Type.Object({
      property: text('The key of the property.'),
      type: Type.Enum(['string', 'number', 'boolean', 'object', 'array', 'null', 'mixed']),
      values: Type.Array(Type.Object({ value: Type.String(), events }), {
        description: `The most frequent strings, numbers and booleans, at most ${PROPERTY_VALUES_MAX}. Each is cut to ${PROPERTY_VALUE_LENGTH_MAX} characters.`,
      }),
    }),
    { description: `Most frequent first, at most ${PROPERTIES_MAX}.` },
  ),
  looked_at: count(
    `The number of events from which \`properties\` is made. They are the newest events of the range and the name, at most ${PROPERTY_EVENTS_MAX}.`,
  ),
})
export type SeenProperties = Static<typeof SeenPropertiesSchema>
