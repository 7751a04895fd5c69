// What the reading routes take and give. Rows go out as the database spelled them, so that no digit is lost on the way.
import { type Static, Type } from 'typebox'
import { UUID_PATTERN } from './event.ts'
import { filterText, nullable, page, time } from './fields.ts'
import { StoredRejectionSchema } from './quarantine.ts'

export const GameParamsSchema = Type.Object({ game: Type.String() })

export const KeyAnswerSchema = Type.Object({ game: Type.String(), kind: Type.Enum(['write', 'admin']) })

export const RangeQuerySchema = Type.Object(
  {
    from: Type.Optional(time('The first moment of the range, by corrected_at.')),
    to: Type.Optional(time('The first moment after the range, by corrected_at.')),
  },
  { additionalProperties: false },
)
export type RangeQuery = Static<typeof RangeQuerySchema>

export const EventsQuerySchema = Type.Object(
  {
    ...RangeQuerySchema.properties,
    name: Type.Optional(filterText),
    player_id: Type.Optional(filterText),
    session_id: Type.Optional(filterText),
    ...page,
  },
  { additionalProperties: false },
)
export type EventsQuery = Static<typeof EventsQuerySchema>

export const StoredEventSchema = Type.Object({
  event_id: Type.String(),
  name: Type.String(),
  player_id: Type.String(),
  session_id: nullable(Type.String()),
  occurred_at: time('The client’s clock, as sent.'),
  sent_at: nullable(time('The client’s clock at sending, as sent.')),
  received_at: time('The server’s clock.'),
  corrected_at: time('occurred_at by the server’s clock: the time to analyse by.'),
  clock_suspect: Type.Boolean({
    description: 'The client’s clock could not be believed; corrected_at is received_at.',
  }),
  app_version: nullable(Type.String()),
  platform: nullable(Type.String()),
  properties: Type.Record(Type.String(), Type.Unknown()),
  batch_id: Type.String({ description: 'The batch that brought it: Playtrace-Batch-Id of the answer.' }),
})

export const EventsPageSchema = Type.Object({
  events: Type.Array(StoredEventSchema, { description: 'Newest first, by corrected_at.' }),
  next_cursor: nullable(Type.String()),
})

export const EventParamsSchema = Type.Object({
  game: Type.String(),
  event_id: Type.String({ pattern: UUID_PATTERN }),
})

export const ExplainQuerySchema = Type.Object(
  {
    occurred_at: Type.Optional(
      time('As the event carried it: finds an event at once whose id carries no time.'),
    ),
  },
  { additionalProperties: false },
)

export const QueuedEventSchema = Type.Object({
  batch_id: Type.String(),
  state: Type.Enum(['waiting', 'active', 'delayed', 'dead_letter'], {
    description: 'delayed: waits for its next attempt; dead_letter: kept until someone retries it.',
  }),
  verdict: Type.Enum(['accepted', 'rejected'], {
    description: 'What becomes of it: stored, or quarantined.',
  }),
  enqueued_at: time('When the batch was on disk.'),
  attempts: Type.Integer(),
  error: Type.String({ description: 'Of the last attempt; empty where none has failed.' }),
})
export type QueuedEvent = Static<typeof QueuedEventSchema>

export const ExplanationSchema = Type.Object({
  event_id: Type.String(),
  state: Type.Enum(['stored', 'queued', 'rejected', 'unknown'], {
    description: 'The furthest that it came; unknown: it is in none of the places that were searched.',
  }),
  stored: Type.Array(
    Type.Object({
      ...StoredEventSchema.properties,
      stored_at: nullable(time('When its batch was stored; null once that is forgotten.')),
    }),
  ),
  queued: Type.Array(QueuedEventSchema),
  rejected: Type.Array(StoredRejectionSchema),
  searched: Type.Object({
    batches: Type.Integer({ description: 'Batches of the queue that were looked into.' }),
    batches_left_out: Type.Integer({ description: 'Older ones that were not.' }),
    events_complete: Type.Boolean({
      description: 'False: the search of stored events ran out of time; give occurred_at.',
    }),
  }),
})
export type Explanation = Static<typeof ExplanationSchema>
