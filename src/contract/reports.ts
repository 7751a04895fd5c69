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
  text,
  time,
} from './fields.ts'
import {
  CURRENCIES_MAX,
  DATA_QUALITY_MAX,
  LISTED_MAX,
  PROPERTIES_MAX,
  PROPERTY_EVENTS_MAX,
  PROPERTY_VALUE_LENGTH_MAX,
  PROPERTY_VALUES_MAX,
  RANGE_DAYS_DEFAULT,
  RANGE_DAYS_MAX,
  RESOURCES_MAX,
} from './report-limits.ts'

export const range = {
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
        day_before: count(
          'Players with an event on the day before `to`. If `to` is today: until the same time of that day.',
        ),
        wau: count('Players with an event in the 7 days that end with the day `to`.'),
        mau: count('Players with an event in the 30 days that end with the day `to`.'),
      },
      { description: 'Active players on the day `to`.' },
    ),
  },
)
export type OverviewReport = Static<typeof OverviewReportSchema>

export const notCounted = Type.Array(
  Type.Object({
    name: text('The name of the standard event.'),
    reason: Type.Enum(['properties', 'key'], {
      description:
        '`properties`: the properties do not fit. `key`: the game counts only purchases that a server key sent, and another key sent these.',
    }),
    path: text('A JSON Pointer to the first property that does not fit. Empty with the reason `key`.'),
    app_version: nullable(text('The version of the game that sent the events.')),
    events: count('The number of events that are stored and not counted.'),
    sample_event_id: text('The newest of these events.'),
  }),
  {
    description: `Standard events that this report leaves out, by reason. Most events first, at most ${DATA_QUALITY_MAX} entries.`,
  },
)

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
  set_aside: count('Stored events, of any day, that are in no report, because adding them failed.'),
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
