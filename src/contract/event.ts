// One event as a game sends it. The schema validates at run time, types the code and documents the API.
import { type Static, Type } from 'typebox'
import { nullable, time } from './fields.ts'
import {
  APP_VERSION_LENGTH_MAX,
  EVENT_BYTES_MAX,
  NAME_LENGTH_MAX,
  PLATFORM_LENGTH_MAX,
  PLAYER_ID_LENGTH_MAX,
  PROPERTIES_BYTES_MAX,
  PROPERTIES_DEPTH_MAX,
  REQUEST_EVENTS_MAX,
  SESSION_ID_LENGTH_MAX,
  TIME_LENGTH_MAX,
} from './limits.ts'

/** An optional field that is null counts as absent. Many clients write null for a field that was not set. */
const optional = <T extends Type.TSchema>(schema: T) => Type.Optional(nullable(schema))
/** A text that is empty counts as absent. */
const text = (lengthMax: number, description: string) => optional(Type.String({ maxLength: lengthMax, description }))

/** A UUID of any version as 8-4-4-4-12 hexadecimal digits in upper or lower case. */
export const UUID_PATTERN = '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$'

/** What the server adds to an event. It is ignored in an event, so that a line of an export can be sent back. */
export const ADDED_FIELDS = [
  'sent_at',
  'received_at',
  'corrected_at',
  'identified_at',
  'clock_suspect',
  'batch_id',
  'mismatch',
  'key_fingerprint',
  'stored_at',
] as const
const anything = Type.Optional(Type.Unknown({ description: 'Ignored. An export writes it.' }))
const ignored = Object.fromEntries(ADDED_FIELDS.map((field) => [field, anything])) as Record<
  (typeof ADDED_FIELDS)[number],
  typeof anything
>

export const EventSchema = Type.Object(
  {
    event_id: optional(
      Type.String({
        pattern: UUID_PATTERN,
        description:
          'A UUID that the client makes (version 7 advised). Events with the same id of version 7 are stored once, whatever else changed. If the id is absent, the server makes one, and a retry is stored twice.',
      }),
    ),
    name: Type.String({
      minLength: 1,
      maxLength: NAME_LENGTH_MAX,
      // biome-ignore lint/suspicious/noControlCharactersInRegex: this rule of the contract is about them
      pattern: /^[^\u0000-\u001f\u007f-\u009f]*$/.source,
      description: 'The kind of event, such as `level_complete`. No control characters, and not only white space.',
    }),
    player_id: Type.String({
      minLength: 1,
      maxLength: PLAYER_ID_LENGTH_MAX,
      description: 'The player: any id that stays the same, and is not only white space.',
    }),
    session_id: text(SESSION_ID_LENGTH_MAX, 'The session in which the event happened.'),
    seq: optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'The number of the event in its session, counted from 0. It needs `session_id`.',
      }),
    ),
    occurred_at: optional(
      Type.String({
        format: 'date-time',
        maxLength: TIME_LENGTH_MAX,
        description:
          'When the event happened, by the client’s clock: RFC 3339 with a zone. Default: the time inside a version 7 `event_id`, otherwise `received_at`.',
      }),
    ),
    app_version: text(APP_VERSION_LENGTH_MAX, 'The version of the game.'),
    platform: text(PLATFORM_LENGTH_MAX, 'The platform, such as `ios`, `android`, `windows` or `web`.'),
    country: optional(
      Type.String({
        pattern: '^([A-Za-z]{2})?$',
        description: 'The country as two letters (ISO 3166-1 alpha-2). It is stored in upper case.',
      }),
    ),
    properties: optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: `Your own data: up to ${PROPERTIES_BYTES_MAX / 1024} KiB as JSON without white space, up to ${PROPERTIES_DEPTH_MAX} levels. Default: \`{}\`.`,
      }),
    ),
    ...ignored,
  },
  {
    additionalProperties: false,
    title: 'Event',
    description: `One fact that a game sends. It has at most ${EVENT_BYTES_MAX / 1024} KiB of JSON. An optional field that is null counts as absent.`,
  },
)

export type Event = Static<typeof EventSchema>

/** Events with the time of sending, which lets the server correct the client's clock. */
const EnvelopeSchema = Type.Object(
  {
    events: Type.Array(EventSchema, { description: `At most ${REQUEST_EVENTS_MAX} events.` }),
    sent_at: Type.Optional(
      time('When the request was sent, by the client’s clock: RFC 3339 with a zone. Any other value is ignored.'),
    ),
  },
  {
    title: 'EventsEnvelope',
    description: 'The events of a request with the time of sending. Other fields are ignored.',
  },
)

/** A request's body in each JSON form. */
export const RequestBodySchema = Type.Union([EventSchema, Type.Array(EventSchema), EnvelopeSchema], {
  title: 'SendEventsRequest',
  description: 'One event, an array of events, or an envelope.',
})
