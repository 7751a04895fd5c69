// What a sender is answered: the verdict on each event, or a problem (RFC 9457) when the request as a whole failed.
import { type Static, Type } from 'typebox'
import { RejectionSchema } from './rejection.ts'

export const AnswerSchema = Type.Object(
  {
    accepted: Type.Integer({ minimum: 0, description: 'Events that are on disk now and will be stored.' }),
    rejected: Type.Array(RejectionSchema),
  },
  { description: 'A verdict for every event: what is not in rejected is accepted.' },
)

export type Answer = Static<typeof AnswerSchema>

export const PROBLEM_CODES = {
  invalid_body: 400,
  no_events: 400,
  invalid_query: 400,
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  request_timeout: 408,
  body_too_large: 413,
  too_many_events: 413,
  unsupported_content_type: 415,
  unsupported_content_encoding: 415,
  too_many_requests: 429,
  headers_too_large: 431,
  internal_error: 500,
  unavailable: 503,
  query_timeout: 504,
} as const

export type ProblemCode = keyof typeof PROBLEM_CODES

/** RFC 9457, with `code` (a stable word for programs) and, where it is known, `path` (JSON Pointer into the body). */
export const ProblemSchema = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String(),
  detail: Type.String(),
  path: Type.Optional(Type.String()),
})

export type Problem = Static<typeof ProblemSchema>

/** A request that failed as a whole; the API answers it as a problem. Thrown where the fault is found. */
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
