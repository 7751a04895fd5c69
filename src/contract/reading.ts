// The queries and answers of the routes that read, export and explain events.
import { type Static, Type } from 'typebox'
import { UUID_PATTERN } from './event.ts'
import { count, filter, game, named, nextCursor, nullable, page, query, text, time } from './fields.ts'
import { KEY_KINDS, type KeyKind } from './key.ts'
import { BATCH_MEMORY_DAYS } from './limits.ts'
import { StoredRejectionSchema } from './quarantine.ts'

export const GameParamsSchema = Type.Object({ game })

export const KeyAnswerSchema = named('Key', 'The game and the kind of a key.', {
  game: nullable(text('The name of the game. Null for an installation key, which is for all games.')),
  kind: Type.Enum(Object.keys(KEY_KINDS) as KeyKind[], {
    description: Object.entries(KEY_KINDS)
      .map(([kind, { use }]) => `- \`${kind}\`: ${use}.`)
      .join('\n'),
  }),
})

export type KeyAnswer = Static<typeof KeyAnswerSchema>

const eventFilter = {
  from: Type.Optional(time('The start of the range, by `corrected_at`.')),
  to: Type.Optional(time('The end of the range, by `corrected_at`. It is not included.')),
  name: Type.Optional(filter('Only events with this name.')),
  player_id: Type.Optional(filter('Only events of this player.')),
  session_id: Type.Optional(filter('Only events of this session.')),
  country: Type.Optional(filter('Only events of this country.')),
  seq: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Only events with this number in their session.',
    }),
  ),
}

export const EventsQuerySchema = query({ ...eventFilter, ...page })

const exportQuery = {
  ...eventFilter,
  since: Type.Optional(
    text(
      'Only events that were stored after an earlier export: `start`, or the `Playtrace-Next-Cursor` of that export. The order is the order of storing.',
    ),
  ),
}
export const NdjsonQuerySchema = query(exportQuery)
export const CsvQuerySchema = query({
  ...exportQuery,
  raw: Type.Optional(
    Type.Enum(['0', '1'], {
      default: '0',
      description:
        '`1`: values as they are stored, for programs. `0`: text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return has an apostrophe before it, so that a spreadsheet does not run it as a formula.',
    }),
  ),
})

export const DownloadQuerySchema = query({
  ...eventFilter,
  format: Type.Enum(['csv', 'ndjson'], { description: 'The format of the file.' }),
})
export const DownloadSchema = named('Download', 'A link that works once.', {
  url: text('A path on this server.'),
  expires_at: time('The link expires at this time.'),
})
export const DownloadParamsSchema = Type.Object({ token: text('The secret part of the link.') })

const storedFields = {
  event_id: Type.String(),
  name: Type.String(),
  player_id: Type.String(),
  session_id: nullable(Type.String()),
  seq: nullable(Type.Integer()),
  occurred_at: time('When the event happened, by the client’s clock.'),
  sent_at: nullable(time('When the request was sent, by the client’s clock.')),
  received_at: time('When the request was received, by the server’s clock.'),
  corrected_at: time('The time to use for analysis: `occurred_at` corrected to the server’s clock.'),
  identified_at: time(
    'The time that identifies the event with `event_id`: the time inside an id of version 7, otherwise `occurred_at`.',
  ),
  clock_suspect: Type.Boolean({
    description: 'True if the client’s clock is not plausible. Then `corrected_at` is `received_at`.',
  }),
  app_version: nullable(Type.String()),
  platform: nullable(Type.String()),
  country: nullable(Type.String()),
  properties: Type.Record(Type.String(), Type.Unknown()),
  mismatch: nullable(
    text('A JSON Pointer to the first property that does not fit the standard event. Reports leave such an event out.'),
  ),
  batch_id: text('The batch of the event: the `Playtrace-Batch-Id` of the answer to the sender.'),
  key_fingerprint: nullable(
    text('The fingerprint of the key that sent the event, as `playtrace keys` lists it. Null if it is not known.'),
  ),
}

export const StoredEventSchema = Type.Object(storedFields, {
  title: 'StoredEvent',
  description: 'An event with the times and the batch that the server adds.',
})

/** The columns of a CSV file, in order. */
export const EXPORT_COLUMNS = Object.keys(storedFields)

export const EventsPageSchema = named('EventsPage', 'A page of stored events.', {
  events: Type.Array(StoredEventSchema, { description: 'Newest first, by `corrected_at`.' }),
  next_cursor: nextCursor,
})

export const EventParamsSchema = Type.Object({
  game,
  event_id: Type.String({ pattern: UUID_PATTERN, description: 'The `event_id` as sent.' }),
})

export const BatchParamsSchema = Type.Object({
  game,
  batch_id: Type.String({ pattern: UUID_PATTERN, description: 'The `Playtrace-Batch-Id` of an answer.' }),
})

export const BatchStateSchema = named('BatchState', 'Whether a batch is stored.', {
  batch_id: Type.String(),
  stored_at: nullable(
    time(
      `When the batch was stored. Null if it waits in the queue, is a dead letter, does not exist, or was stored more than ${BATCH_MEMORY_DAYS} days ago.`,
    ),
  ),
  repeated_events: nullable(
    count(
      'How many events of this game and batch were already stored. Null if this is not known, because the database refused an event of the batch.',
    ),
  ),
})
export type BatchState = Static<typeof BatchStateSchema>

export const ExplainQuerySchema = query({
  occurred_at: Type.Optional(
    time('The `occurred_at` of the event. It speeds up the search for an event whose id contains no time.'),
  ),
})

const QueuedEventSchema = named('QueuedEvent', 'An event in a batch of the queue.', {
  batch_id: Type.String(),
  state: Type.Enum(['waiting', 'active', 'delayed', 'dead_letter'], {
    description:
      'The state of the batch. `delayed`: it waits for its next attempt. `dead_letter`: all attempts failed, and an operator must retry it.',
  }),
  verdict: Type.Enum(['accepted', 'rejected'], {
    description: 'An accepted event will be stored. A rejected event will be put in quarantine.',
  }),
  enqueued_at: time('When the batch was put on the queue.'),
  attempts: count('The number of attempts to store the batch.'),
  error: text('The error of the last attempt. Empty if no attempt failed.'),
})
export type QueuedEvent = Static<typeof QueuedEventSchema>

const FoundEventSchema = named('FoundEvent', 'A stored event with the time of storing.', {
  ...storedFields,
  stored_at: nullable(time('When the batch was stored. Null if the record of the batch has expired.')),
})

export const ExplanationSchema = named('Explanation', 'The places in which one event was found.', {
  event_id: Type.String(),
  state: Type.Enum(['stored', 'queued', 'rejected', 'unknown'], {
    description:
      'Where the event is. If it was found in several places, this is the first of `stored`, `queued` and `rejected`. `unknown`: it was found in none of the places that were searched.',
  }),
  stored: Type.Array(FoundEventSchema),
  queued: Type.Array(QueuedEventSchema),
  rejected: Type.Array(StoredRejectionSchema),
  searched: Type.Object(
    {
      batches: count('The number of batches of the queue that were searched.'),
      batches_left_out: count('The number of older batches that were not searched.'),
      events_complete: Type.Boolean({
        description: 'False if the search of stored events reached its time limit. Then give `occurred_at`.',
      }),
    },
    { description: 'The extent of the search.' },
  ),
})
export type Explanation = Static<typeof ExplanationSchema>
