// Answers every error as RFC 9457 problem+json with a stable code. Nothing internal is in the answer; the log has it.
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Problem, RequestProblem } from '../../contract/answer.ts'
import { REQUEST_BYTES_MAX, RETRY_AFTER_SECONDS } from '../../contract/limits.ts'
import { reasonOf } from '../../error-reason.ts'
import { shown } from '../../ingest/shown-text.ts'
import { Shed, type ShedReason } from '../admission/overload.ts'
import { TooManyRequests } from '../admission/too-many-requests.ts'
import { validationProblem } from './validation-problem.ts'

export const PROBLEM_TYPE = 'application/problem+json'

export function handleErrors(app: FastifyInstance, countShed: (reason: ShedReason) => void): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    if (error instanceof Shed) countShed(error.reason)
    return sendProblem(error, request, reply)
  })
  app.setNotFoundHandler((request, reply) => {
    const detail = `There is no ${request.method} ${shown(request.url.split('?')[0] ?? '')}. See /docs.`
    return sendProblem(new RequestProblem('not_found', detail), request, reply)
  })
}

export function sendProblem(error: Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error, request)
  const isShed = error instanceof Shed
  // The log has one line when overload begins. One for each request would add to the load.
  if (problem.status >= 500 && !isShed) {
    // The stack of a defect is needed. That of a store which is away says nothing.
    const details = problem.code === 'internal_error' ? error : { reason: reasonOf((error.cause ?? error) as Error) }
    if (problem.code === 'internal_error' || isNews(request.log, JSON.stringify(details)))
      request.log.error(details, `a request failed: ${problem.code}`)
  }
  if (problem.code === 'unauthorized') reply.header('www-authenticate', 'Bearer')
  if (error instanceof TooManyRequests || isShed) reply.header('retry-after', String(error.retryAfterSeconds))
  else if (problem.code === 'unavailable') reply.header('retry-after', String(RETRY_AFTER_SECONDS))
  return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem))
}

const REPEAT_MS = 60_000
const REASONS_MAX = 100
/** By log: when each reason was logged. */
const logged = new WeakMap<object, Map<string, number>>()

/** While a store is away, every request fails for the same reason, which is logged once a minute. */
function isNews(log: object, reason: string): boolean {
  const times = logged.get(log) ?? new Map<string, number>()
  logged.set(log, times)
  const isRepeated = Date.now() - (times.get(reason) ?? Number.NEGATIVE_INFINITY) < REPEAT_MS
  if (isRepeated) return false
  if (times.size >= REASONS_MAX) times.clear()
  times.set(reason, Date.now())
  return true
}

/** Answers bytes that are not an HTTP request. Fastify has no reply for them, so the answer goes to the socket. */
export function writeProblem(error: Error & { code?: string }, socket: Socket): void {
  if (error.code !== 'ECONNRESET' && socket.writable) {
    const problem = problemOf(clientProblem(error.code))
    const body = JSON.stringify(problem)
    socket.write(
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\nContent-Type: ${PROBLEM_TYPE}\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    )
  }
  socket.destroy()
}

function clientProblem(code: string | undefined): RequestProblem {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new RequestProblem('request_timeout', 'The request did not arrive in time. Send it again.')
  if (code === 'HPE_HEADER_OVERFLOW')
    return new RequestProblem('headers_too_large', 'The headers are too large. Send smaller headers.')
  return new RequestProblem('bad_request', 'The request is not valid HTTP.')
}

function problemOf(error: Error, request?: FastifyRequest): Problem {
  const { code, status, path, message } = error instanceof RequestProblem ? error : translated(error, request)
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? '',
    status,
    code,
    detail: message,
    ...(path === undefined ? {} : { path }),
  }
}

/** Translates the errors of Fastify, the queue and storage into problems. */
function translated(error: Error, request?: FastifyRequest): RequestProblem {
  const { code, statusCode, validation, validationContext } = error as FastifyError
  if (validation?.[0]) return validationProblem(validation[0], validationContext ?? '')
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new RequestProblem('body_too_large', `The body is larger than ${REQUEST_BYTES_MAX} bytes.`)
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new RequestProblem('unsupported_content_type', `Content-Type must be ${bodyTypes(request)}.`)
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      // Only the sending route inflates bodies.
      return request?.headers['content-encoding']
        ? new RequestProblem('unsupported_content_encoding', 'This route does not take a compressed body.')
        : new RequestProblem('invalid_body', 'The body is not JSON.')
    // Fastify's messages repeat the URL, which may contain a key.
    case 'FST_ERR_BAD_URL':
      return new RequestProblem('bad_request', 'The URL cannot be decoded.')
    case 'FST_STATIC_FORBIDDEN_PATH':
      return new RequestProblem('not_found', 'There is no such file.')
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new RequestProblem('not_found', 'The path is too long for the name of a game or player.')
    case 'QUEUE_UNAVAILABLE':
      return new RequestProblem('unavailable', 'The queue did not confirm the events. Send them again.')
    case 'DATABASE_AWAY':
      return new RequestProblem('unavailable', 'The database does not answer. Send the request again.')
    case 'DATABASE_UNFIT':
      return new RequestProblem(
        'unavailable',
        'The database does not fit this release of the server. The log of the server has the cause.',
      )
    case 'QUERY_TIMEOUT': {
      const advice = request && hasRange(request) ? 'Ask for a shorter range.' : 'Try again later.'
      return new RequestProblem('query_timeout', `The query took too long. ${advice}`)
    }
    case 'UNREADABLE_CURSOR':
      return new RequestProblem('invalid_query', 'cursor is not valid. Send the next_cursor of an answer.', '/cursor')
  }
  if (statusCode && statusCode >= 400 && statusCode < 500) return new RequestProblem('bad_request', error.message)
  return new RequestProblem('internal_error', 'The server failed. Its log has the cause.')
}

/** The content types that the route takes, for a sentence. */
function bodyTypes(request?: FastifyRequest): string {
  const body = request?.routeOptions.schema?.body as { content?: object } | undefined
  return Object.keys(body?.content ?? { 'application/json': true }).join(' or ')
}

/** Whether the query of the route has `from`, so that a client can ask for less. */
function hasRange({ routeOptions }: FastifyRequest): boolean {
  const query = routeOptions.schema?.querystring as { properties?: object } | undefined
  return query?.properties !== undefined && 'from' in query.properties
}
