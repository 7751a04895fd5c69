// One event as a game sends it. The schema validates at run time, types the code and documents the API.
import { type Static, Type } from 'typebox'
import { time } from './fields.ts'
import {
  APP_VERSION_LENGTH_MAX,
  NAME_LENGTH_MAX,
  PLATFORM_LENGTH_MAX,
  PLAYER_ID_LENGTH_MAX,
  PROPERTIES_BYTES_MAX,
  PROPERTIES_DEPTH_MAX,
  REQUEST_EVENTS_MAX,
  SESSION_ID_LENGTH_MAX,
} from './limits.ts'

const id = (lengthMax: number, description: string) => Type.String({ minLength: 1, maxLength: lengthMax, description })

/** A UUID of any version as 8-4-4-4-12 hexadecimal digits in upper or lower case. */
export const UUID_PATTERN = '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$'

export const EventSchema = Type.Object(
  {
    event_id: Type.Optional(
      Type.String({
        pattern: UUID_PATTERN,
        description:
          'A UUID that the client makes (version 7 advised). Events with the same id and the same time are stored once. If the id is absent, the server makes one, and a retry is stored twice.',
      }),
    ),
    name: Type.String({
      minLength: 1,
      maxLength: NAME_LENGTH_MAX,
      // biome-ignore lint/suspicious/noControlCharactersInRegex: this rule of the contract is about them
      pattern: /^[^\u0000-\u001f\u007f-\u009f]*$/.source,
      description: 'The kind of event, such as `level_complete`. No control characters.',
    }),
    player_id: id(PLAYER_ID_LENGTH_MAX, 'The player: any id that stays the same.'),
    session_id: Type.Optional(id(SESSION_ID_LENGTH_MAX, 'The session in which the event happened.')),
    occurred_at: Type.Optional(
      time(
        'When the event happened, by the client’s clock: RFC 3339 with a zone. Default: the time inside a version 7 `event_id`, otherwise `received_at`.',
      ),
    ),
    app_version: Type.Optional(
      Type.String({ maxLength: APP_VERSION_LENGTH_MAX, description: 'The version of the game.' }),
    ),
    platform: Type.Optional(
      Type.String({
        maxLength: PLATFORM_LENGTH_MAX,
        description: 'The platform, such as `ios`, `android`, `windows` or `web`.',
      }),
    ),
    properties: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: `Your own data: up to ${PROPERTIES_BYTES_MAX / 1024} KiB as JSON, up to ${PROPERTIES_DEPTH_MAX} levels. Default: \`{}\`.`,
      }),
    ),
  },
  {
    additionalProperties: false,
    title: 'Event',
    description: 'One fact that a game sends.',
  },
)

export type Event = Static<typeof EventSchema>

/** Events with the time of sending, which lets the server correct the client's clock. */
export const EnvelopeSchema = Type.Object(
  {
    events: Type.Array(EventSchema, { description: `At most ${REQUEST_EVENTS_MAX} events.` }),
    sent_at: Type.Optional(time('When the request was sent, by the client’s clock: RFC 3339 with a zone.')),
  },
  {
    additionalProperties: false,
    title: 'EventsEnvelope',
    description: 'The events of a request with the time of sending.',
  },
)

/** A request's body in each JSON form. */
export const RequestBodySchema = Type.Union([EventSchema, Type.Array(EventSchema), EnvelopeSchema], {
  title: 'SendEventsRequest',
  description: 'One event, an array of events, or an envelope.',
})
