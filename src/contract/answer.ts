// The answers to a sender: the verdict on each event, or a problem (RFC 9457) if the request as a whole failed.
import { type Static, Type } from 'typebox'
import { count, named, openSet, text } from './fields.ts'
import { RejectionSchema } from './rejection.ts'

export const AnswerSchema = named(
  'Verdict',
  'The verdict on each event of a request. An event that is not in `rejected` is accepted.',
  {
    accepted: Type.Integer({
      minimum: 0,
      description: 'The number of accepted events. They are on disk and will be stored.',
    }),
    rejected: Type.Array(RejectionSchema, { description: 'One entry for each rejected event.' }),
  },
)

export type Answer = Static<typeof AnswerSchema>

export const PROBLEM_CODES = {
  invalid_body: 400,
  no_events: 400,
  invalid_query: 400,
  invalid_path: 400,
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  request_timeout: 408,
  body_too_large: 413,
  too_many_events: 413,
  unsupported_content_type: 415,
  unsupported_content_encoding: 415,
  misdirected: 421,
  too_many_requests: 429,
  headers_too_large: 431,
  internal_error: 500,
  unavailable: 503,
  query_timeout: 504,
} as const

export type ProblemCode = keyof typeof PROBLEM_CODES

/** The meaning of each code, as the OpenAPI document gives it. */
export const PROBLEM_MEANINGS: Record<ProblemCode, string> = {
  invalid_body: 'The body is not valid for the route.',
  no_events: 'The body has no events.',
  invalid_query: 'A parameter of the query is unknown or has an invalid value.',
  invalid_path: 'A part of the path has an invalid value.',
  bad_request: 'The request is not valid HTTP, was not received completely, or its URL cannot be decoded.',
  unauthorized: 'The request has no key, or the key is unknown or revoked.',
  forbidden: 'The key is of another kind, or belongs to another game.',
  not_found: 'The route, the player, the rejection or the download does not exist.',
  request_timeout: 'The request did not arrive in time.',
  body_too_large: 'The body exceeds a limit in bytes.',
  too_many_events: 'The request exceeds the limit of events.',
  unsupported_content_type: 'The content type or its charset is not supported.',
  unsupported_content_encoding: 'The content encoding is not supported.',
  misdirected: 'The host name of the request is not one of this server, and not in ALLOWED_HOSTS.',
  too_many_requests:
    'A limit of the address, the key or the game is exceeded: a rate limit, a budget, or the number of concurrent requests.',
  headers_too_large: 'The headers are too large.',
  internal_error: 'The server failed. Its log has the cause.',
  unavailable: 'The queue, the database, the disk or the memory of the server cannot take the request now.',
  query_timeout:
    'The database did not finish the query in time. The query is valid. If it has a range of time, a shorter range may succeed.',
}

/** An error of a request as a whole, as RFC 9457 defines it, with `code` for programs. */
export const ProblemSchema = named('Problem', 'An error of the request as a whole (RFC 9457).', {
  type: text('Always `about:blank`: `code` identifies the error.'),
  title: text('The name of the HTTP status.'),
  status: count('The HTTP status.'),
  code: openSet(PROBLEM_MEANINGS, {
    title: 'ProblemCode',
    description: 'The error as a stable word for programs.',
  }),
  detail: text('What happened, and what to do. This text is for people.'),
  path: Type.Optional(text('The cause as a JSON Pointer into the body, or the name of the parameter after `/`.')),
})

export type Problem = Static<typeof ProblemSchema>

/** The error that ends a request as a whole. The API answers it as a problem. */
export class RequestProblem extends Error {
  readonly code: ProblemCode
  readonly status: number
  readonly path: string | undefined

  constructor(code: ProblemCode, detail: string, path?: string) {
    super(detail)
    this.code = code
    this.status = PROBLEM_CODES[code]
    this.path = path
  }
}
