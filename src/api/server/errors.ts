// Every error leaves as RFC 9457 problem+json, with a stable code, and without a word about our insides.
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { PROBLEM_CODES, type Problem, type ProblemCode, RequestProblem } from '../../contract/answer.ts'
import { REQUEST_BYTES_MAX, RETRY_AFTER_SECONDS } from '../../contract/limits.ts'
import { shown } from '../../ingest/shown-text.ts'
import { Shed, type ShedReason } from '../admission/overload.ts'

export const PROBLEM_TYPE = 'application/problem+json'

const TITLES: Record<ProblemCode, string> = {
  invalid_body: 'The body cannot be read',
  no_events: 'There is nothing to store',
  invalid_query: 'The query cannot be used',
  bad_request: 'The request cannot be used',
  unauthorized: 'A valid key is needed',
  forbidden: 'This key may not do that',
  not_found: 'There is nothing here',
  request_timeout: 'The request took too long to arrive',
  body_too_large: 'The body is too large',
  too_many_events: 'Too many events at once',
  unsupported_content_type: 'This content type is not read',
  unsupported_content_encoding: 'This content encoding is not read',
  too_many_requests: 'Too many requests',
  headers_too_large: 'The headers are too large',
  internal_error: 'Something went wrong on our side',
  unavailable: 'Not now: send it again',
  query_timeout: 'The query took too long',
}

export function handleErrors(app: FastifyInstance, countShed: (reason: ShedReason) => void): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    if (error instanceof Shed) countShed(error.reason)
    return sendProblem(error, request, reply)
  })
  app.setNotFoundHandler((request, reply) => {
    const detail = `There is no ${request.method} ${shown(request.url.split('?')[0] ?? '')}; see /docs.`
    return sendProblem(new RequestProblem('not_found', detail), request, reply)
  })
}

export function sendProblem(error: Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error, request)
  const isShed = error instanceof Shed
  // Under overload a line for each request would be one more load; that it began is in the log.
  if (problem.status >= 500 && !isShed) request.log.error(error, problem.title)
  if (problem.code === 'unauthorized') reply.header('www-authenticate', 'Bearer')
  if (problem.code === 'unavailable')
    reply.header('retry-after', String(isShed ? error.retryAfterSeconds : RETRY_AFTER_SECONDS))
  return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem))
}

/** Answers bytes that are no HTTP request: there is nothing to reply to but the socket itself, which ends with it. */
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
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new RequestProblem('request_timeout', 'The request did not arrive in time. Send it again.')
    case 'HPE_HEADER_OVERFLOW':
      return new RequestProblem('headers_too_large', 'The headers take more bytes than this server reads.')
    default:
      return new RequestProblem('bad_request', 'What was sent is not HTTP.')
  }
}

function problemOf(error: Error, request?: FastifyRequest): Problem {
  const { code, path, message } = error instanceof RequestProblem ? error : translated(error, request)
  return {
    type: 'about:blank',
    title: TITLES[code],
    status: PROBLEM_CODES[code],
    code,
    detail: message,
    ...(path === undefined ? {} : { path }),
  }
}

/** What Fastify, the queue and the database throw, in the words of the contract. */
function translated(error: Error, request?: FastifyRequest): RequestProblem {
  const { code, statusCode, validation, validationContext } = error as FastifyError
  if (validation?.[0]) {
    const { instancePath, message } = validation[0]
    const fault = validationContext === 'body' ? 'invalid_body' : 'invalid_query'
    return new RequestProblem(fault, `${instancePath.slice(1)} ${message}`.trim(), instancePath)
  }
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new RequestProblem('body_too_large', `The body is larger than ${REQUEST_BYTES_MAX} bytes.`)
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new RequestProblem(
        'unsupported_content_type',
        'Content-Type must be application/json, application/x-ndjson or text/plain.',
      )
    // Their messages repeat the URL, and with it a key in its query.
    case 'FST_ERR_BAD_URL':
      return new RequestProblem('bad_request', 'The URL cannot be decoded.')
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new RequestProblem('not_found', 'No game or player has a name of that length.')
    case 'QUEUE_UNAVAILABLE':
      return new RequestProblem('unavailable', 'The events could not be put on disk. Send them again.')
    case 'DATABASE_AWAY':
      return new RequestProblem('unavailable', 'The database does not answer. Ask again.')
    case 'QUERY_TIMEOUT':
      return new RequestProblem(
        'query_timeout',
        `The query took too long. ${request && hasRange(request) ? 'Ask for a shorter range.' : 'Try again later.'}`,
      )
    case 'UNREADABLE_CURSOR':
      return new RequestProblem('invalid_query', 'cursor is not one that this server gave.', '/cursor')
  }
  if (statusCode && statusCode >= 400 && statusCode < 500)
    return new RequestProblem('bad_request', error.message)
  return new RequestProblem('internal_error', 'The request failed on our side; the log says why.')
}

/** A range bounds what a query reads: a route whose query has `from` can be asked for less. */
function hasRange({ routeOptions }: FastifyRequest): boolean {
  const query = routeOptions.schema?.querystring as { properties?: object } | undefined
  return query?.properties !== undefined && 'from' in query.properties
}
