// The description of POST /v1/events in the OpenAPI document.
import { Type } from 'typebox'
import { AnswerSchema } from '../../contract/answer.ts'
import { RequestBodySchema } from '../../contract/event.ts'
import { REQUEST_BYTES_MAX, REQUEST_EVENTS_MAX, REQUEST_INFLATED_BYTES_MAX } from '../../contract/limits.ts'
import { KEY_IN_HEADER_OR_QUERY, problems } from '../server/openapi.ts'

const MIB = 1024 * 1024

const DESCRIPTION = `The body has one event, an array of events, an envelope with the time of sending, or NDJSON with one event a line: at
most ${REQUEST_EVENTS_MAX} events, ${REQUEST_BYTES_MAX / MIB} MiB as sent and ${REQUEST_INFLATED_BYTES_MAX / MIB} MiB uncompressed.

Each event gets a verdict of its own: a rejected event does not affect the others. Forget the events after an answer of 202 or
422 with \`accepted\` and \`rejected\`. After 408, 429, any 5xx, or without an answer, keep the events and send the same request
again, after \`Retry-After\` seconds if the answer has this header. A retry is safe if every event has an \`event_id\`.

CORS allows every origin. The route reads no cookies.`

const verdict = (description: string, example: object) => ({
  description,
  headers: {
    'Playtrace-Batch-Id': Type.String({
      format: 'uuid',
      description: 'The batch of the events. Their stored rows have it as `batch_id`.',
    }),
  },
  content: { 'application/json': { schema: AnswerSchema, example } },
})

const NDJSON_EXAMPLE = `{"name":"level_start","player_id":"player-1","properties":{"level":3}}
{"name":"level_complete","player_id":"player-1","properties":{"level":3}}
`

const NDJSON_BODY = {
  schema: Type.String({
    description: 'One Event as JSON in each line. Blank lines are ignored.',
    examples: [NDJSON_EXAMPLE],
  }),
}

const MISSING_PLAYER = {
  index: 0,
  event_id: null,
  reason: 'missing_field',
  path: '/player_id',
  message: 'player_id is required.',
}

export const SEND_EVENTS_SCHEMA = {
  operationId: 'sendEvents',
  summary: 'Send events',
  description: DESCRIPTION,
  tags: ['sending'],
  security: KEY_IN_HEADER_OR_QUERY,
  querystring: Type.Object({
    sent_at: Type.Optional(Type.String({ description: 'As the header `Playtrace-Sent-At`, for beacons.' })),
  }),
  headers: Type.Object({
    'Playtrace-Sent-At': Type.Optional(
      Type.String({
        description:
          'When the request was sent, by the client’s clock: RFC 3339 with a zone. `sent_at` of an envelope takes precedence. Any other value is ignored.',
      }),
    ),
    'Content-Encoding': Type.Optional(
      Type.Enum(['gzip', 'x-gzip', 'deflate', 'br', 'zstd'], {
        description: 'The compression of the body. Absent: the body is not compressed.',
      }),
    ),
  }),
  body: {
    content: {
      'application/json': { schema: RequestBodySchema },
      'application/x-ndjson': NDJSON_BODY,
      'application/ndjson': NDJSON_BODY,
      'application/jsonl': NDJSON_BODY,
      'text/plain': { schema: RequestBodySchema },
    },
  },
  response: {
    202: verdict('At least one event is accepted.', { accepted: 2, rejected: [] }),
    422: verdict('Every event is rejected.', { accepted: 0, rejected: [MISSING_PLAYER] }),
    ...problems(
      'unauthorized',
      'forbidden',
      'invalid_body',
      'no_events',
      'request_timeout',
      'body_too_large',
      'too_many_events',
      'unsupported_content_type',
      'unsupported_content_encoding',
      'headers_too_large',
    ),
  },
}
