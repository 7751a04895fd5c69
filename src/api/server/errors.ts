// Answers every error as RFC 9457 problem+json with a stable code. Nothing internal is in the answer; the log has it.
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
  no_events: 'The request has no events',
  invalid_query: 'The query is not valid',
  bad_request: 'The request is not valid',
  unauthorized: 'A valid key is needed',
  forbidden: 'This key has no access',
  not_found: 'Not found',
  request_timeout: 'The request took too long to arrive',
  body_too_large: 'The body is too large',
  too_many_events: 'Too many events in one request',
  unsupported_content_type: 'The content type is not supported',
  unsupported_content_encoding: 'The content encoding is not supported',
  too_many_requests: 'Too many requests',
  headers_too_large: 'The headers are too large',
  internal_error: 'Internal error',
  unavailable: 'Unavailable at the moment',
  query_timeout: 'The query took too long',
}

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
  if (problem.status >= 500 && !isShed) request.log.error(error, problem.title)
  if (problem.code === 'unauthorized') reply.header('www-authenticate', 'Bearer')
  if (problem.code === 'unavailable')
    reply.header('retry-after', String(isShed ? error.retryAfterSeconds : RETRY_AFTER_SECONDS))
  return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem))
}

/** Answers bytes that are not an HTTP request. There is no reply object, so that the answer goes to the socket, which is then closed. */
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
      return new RequestProblem(
        'headers_too_large',
        'The headers are larger than this server reads. Send smaller headers.',
      )
    default:
      return new RequestProblem('bad_request', 'The request is not valid HTTP.')
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

/** Translates what Fastify, the queue and storage throw into the words of the contract. */
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
    // Fastify's messages repeat the URL, which may contain a key.
    case 'FST_ERR_BAD_URL':
      return new RequestProblem('bad_request', 'The URL cannot be decoded.')
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new RequestProblem('not_found', 'The path is too long for the name of a game or player.')
    case 'QUEUE_UNAVAILABLE':
      return new RequestProblem('unavailable', 'The queue did not confirm the events. Send them again.')
    case 'DATABASE_AWAY':
      return new RequestProblem('unavailable', 'The database does not answer. Send the request again.')
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
  return new RequestProblem(
    'internal_error',
    'The server failed to answer the request. Its log has the cause.',
  )
}

/** A range bounds what a query reads: a route whose query has `from` can be asked for less. */
function hasRange({ routeOptions }: FastifyRequest): boolean {
  const query = routeOptions.schema?.querystring as { properties?: object } | undefined
  return query?.properties !== undefined && 'from' in query.properties
}
