// One event as a game sends it: the schema that validates at run time, types the code and makes the OpenAPI document.
import { type Static, Type } from 'typebox'
import {
  APP_VERSION_LENGTH_MAX,
  NAME_LENGTH_MAX,
  PLATFORM_LENGTH_MAX,
  PLAYER_ID_LENGTH_MAX,
  PROPERTIES_BYTES_MAX,
  PROPERTIES_DEPTH_MAX,
  SESSION_ID_LENGTH_MAX,
} from './limits.ts'

const id = (lengthMax: number, description: string) =>
  Type.String({ minLength: 1, maxLength: lengthMax, description })

/** Any version of UUID, in the usual spelling of 8-4-4-4-12 hexadecimal digits, upper or lower case. */
export const UUID_PATTERN = '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$'

export const EventSchema = Type.Object(
  {
    event_id: Type.Optional(
      Type.String({
        pattern: UUID_PATTERN,
        description:
          'Made by the client, v7 advised. The same id with the same time sent again is stored once. Absent: the server makes one, and a retry is stored twice.',
      }),
    ),
    name: Type.String({
      minLength: 1,
      maxLength: NAME_LENGTH_MAX,
      // biome-ignore lint/suspicious/noControlCharactersInRegex: this rule of the contract is about them
      pattern: /^[^\u0000-\u001f\u007f-\u009f]*$/.source,
      description: 'What happened, such as level_complete. No control characters.',
    }),
    player_id: id(PLAYER_ID_LENGTH_MAX, 'Who it happened to: any stable id of the player.'),
    session_id: Type.Optional(id(SESSION_ID_LENGTH_MAX, 'The sitting it happened in.')),
    occurred_at: Type.Optional(
      Type.String({
        format: 'date-time',
        description:
          'When it happened, by the client’s clock: RFC 3339 with a zone. Absent: the time inside a v7 event_id, else received_at.',
      }),
    ),
    app_version: Type.Optional(
      Type.String({ maxLength: APP_VERSION_LENGTH_MAX, description: 'The build of the game.' }),
    ),
    platform: Type.Optional(
      Type.String({ maxLength: PLATFORM_LENGTH_MAX, description: 'Such as ios, android, windows, web.' }),
    ),
    properties: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: `Anything else, as an object: up to ${PROPERTIES_BYTES_MAX / 1024} KiB as JSON, up to ${PROPERTIES_DEPTH_MAX} levels.`,
      }),
    ),
  },
  {
    additionalProperties: false,
    description: 'One fact sent by a game.',
    examples: [{ name: 'level_complete', player_id: 'player-1', properties: { level: 1 } }],
  },
)

export type Event = Static<typeof EventSchema>

/** Events with the time at which the client sent them, by its own clock: lets the server correct that clock. */
export const EnvelopeSchema = Type.Object(
  {
    events: Type.Array(EventSchema),
    sent_at: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'The client’s clock at sending: RFC 3339 with a zone.',
      }),
    ),
  },
  { additionalProperties: false, description: 'A request’s events with the time of sending.' },
)

/** Every JSON form of a request’s body; NDJSON is one event a line. */
export const RequestBodySchema = Type.Union([EventSchema, Type.Array(EventSchema), EnvelopeSchema])
