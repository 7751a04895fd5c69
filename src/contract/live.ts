// What the live tail takes, and what of it is in its stream of server-sent events.
import { type Static, Type } from 'typebox'
import { filterText, nullable } from './fields.ts'

export const LiveQuerySchema = Type.Object(
  {
    name: Type.Optional(filterText),
    player_id: Type.Optional(filterText),
    app_version: Type.Optional(filterText),
  },
  { additionalProperties: false },
)

export const LiveSkippedSchema = Type.Object({
  stored: Type.Integer({ description: 'Stored events that match and are not shown: too many came at once.' }),
  rejected: Type.Integer({
    description: 'Rejected events of the game that are not shown: too many came at once.',
  }),
})
export type LiveSkipped = Static<typeof LiveSkippedSchema>

export const QueueFiguresSchema = Type.Object({
  waiting: Type.Integer({ description: 'Batches, with those that wait out a delay.' }),
  active: Type.Integer({ description: 'Batches in hand.' }),
  oldest_seconds: nullable(Type.Number({ description: 'For how long the oldest has been in the queue.' })),
})
export type QueueFigures = Static<typeof QueueFiguresSchema>

export const LiveRatesSchema = Type.Object({
  stored_per_second: Type.Number({
    description: 'Of the game, over the last five seconds, whatever the filter.',
  }),
  rejected_per_second: Type.Number(),
  queue: nullable(QueueFiguresSchema),
})
export type LiveRates = Static<typeof LiveRatesSchema>
