// The query of the live stream, and its server-sent events.
import { type Static, Type } from 'typebox'
import { count, filter, named, nullable, number, query, text } from './fields.ts'
import { StoredRejectionSchema } from './quarantine.ts'
import { StoredEventSchema } from './reading.ts'

export const LiveQuerySchema = query({
  name: Type.Optional(filter('Only events with this name.')),
  player_id: Type.Optional(filter('Only events of this player.')),
  app_version: Type.Optional(filter('Only events of this version of the game.')),
})

const LiveSkippedSchema = named('LiveSkipped', 'Events that the stream left out because too many arrived at once.', {
  stored: count('The number of stored events that match the filter and were left out.'),
  rejected: count(
    'The number of rejected events that were left out. If the server could not read all of them, it counts the events of the whole game.',
  ),
})
export type LiveSkipped = Static<typeof LiveSkippedSchema>

const QueueFiguresSchema = named('QueueFigures', 'The state of the queue.', {
  waiting: count('Batches that wait for a worker, including delayed ones.'),
  active: count('Batches that a worker processes now.'),
  oldest_seconds: nullable(number('The age of the oldest batch. Null if the queue is empty.')),
})
export type QueueFigures = Static<typeof QueueFiguresSchema>

const LiveRatesSchema = named('LiveRates', 'Rates of the whole game, whatever the filter.', {
  stored_per_second: number('Stored events per second over the last five seconds.'),
  rejected_per_second: number('Rejected events per second over the last five seconds.'),
  queue: Type.Union([QueueFiguresSchema, Type.Null()], {
    description: 'Null if the queue does not answer.',
  }),
})
export type LiveRates = Static<typeof LiveRatesSchema>

const reason = Type.Object({ reason: text('The cause. This text is for people.') })

const sent = <Data extends Type.TSchema>(event: string, data: Data, description: string) =>
  Type.Object({ event: Type.Literal(event), data }, { description })

/** Documents the stream: each event is one `event:` line and one `data:` line of JSON. */
export const LiveEventSchema = Type.Union(
  [
    sent('stored', StoredEventSchema, 'An event was stored.'),
    sent('rejected', StoredRejectionSchema, 'An event was rejected.'),
    sent('rates', LiveRatesSchema, 'Sent each second.'),
    sent('skipped', LiveSkippedSchema, 'Events were left out, because too many arrived at once.'),
    sent('trouble', reason, 'The database does not answer. The stream continues when the database answers again.'),
    sent('dropped', reason, 'The client reads too slowly. The stream ends.'),
  ],
  {
    title: 'LiveEvent',
    description:
      'One server-sent event: `event` is its type, and `data` is its data, one line of JSON. Ignore events of unknown types.',
  },
)
