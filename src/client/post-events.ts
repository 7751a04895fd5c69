// Sends one request of events to a server and retries it until it is answered or retries are pointless.
import { setTimeout as wait } from 'node:timers/promises'
import type { Answer, Problem } from '../contract/answer.ts'
import { REQUEST_BYTES_MAX, REQUEST_INFLATED_BYTES_MAX } from '../contract/limits.ts'
import { RETRY_LIMITS, type RetryLimits, retryDelayMs } from './retry-delay.ts'

interface Server {
  /** The URL of the server, such as http://127.0.0.1:3000. */
  url: string
  /** A write key. */
  key: string
}

export interface RequestBody {
  bytes: Uint8Array
  inflatedBytes: number
  contentType: string
  contentEncoding?: 'gzip'
}

/**
 * `refused`: the request exceeds a limit of the contract, or the server cannot read it. Smaller requests may succeed.
 * `isFinal`: Playtrace refused it, or this client did. Otherwise a proxy did, and a single event may be sent again later.
 */
type PostResult =
  | { kind: 'answered'; answer: Answer; batchId?: string }
  | { kind: 'refused'; reason: string; detail: string; isFinal: boolean }

type Attempt = PostResult | { kind: 'retry'; cause: string; retryAfter: string | null }

/** Sending the same request again is pointless: the server refused it, or was unreachable for too long. */
export class PostError extends Error {}

/** One event as JSON text, with its number: the line in a file, or its position in the sequence of events. */
export interface Entry {
  number: number
  json: Uint8Array
}

/** Called for every attempt, so that each body can contain its own time of sending. */
export type EncodeBody = (entries: readonly Entry[]) => Promise<RequestBody>

export type Post = (entries: readonly Entry[]) => Promise<PostResult>

export interface PostOptions extends Server {
  encode: EncodeBody
  /** When this is aborted, no attempt starts, and a running one gets a short time to finish. */
  stop: AbortSignal
  limits?: RetryLimits
  onRetry?: (cause: string, delayMs: number) => void
}

/** The request was stopped before it was answered. */
export class StoppedError extends Error {}

/**
 * All requests of one `post` share the limit of time without progress: while one of them succeeds, the others continue to
 * retry. An event with an `event_id` is stored once. An event without one is stored once for each attempt that arrived.
 * @throws PostError, StoppedError
 */
export function createPost(options: PostOptions): Post {
  const { encode, stop, limits = RETRY_LIMITS, onRetry } = options
  let progressAtMs = Date.now()
  return async (entries) => {
    const startedAtMs = Date.now()
    for (let attempt = 0; ; attempt++) {
      if (stop.aborted) throw new StoppedError()
      const result = await attemptPost(await encode(entries), options, limits.attemptMaxMs, stop)
      if (result.kind !== 'retry') {
        progressAtMs = Date.now()
        return result
      }
      const nowMs = Date.now()
      const delayMs = retryDelayMs(attempt, result.retryAfter, nowMs, Math.random(), limits)
      const giveUpAtMs = Math.max(progressAtMs, startedAtMs) + limits.withoutProgressMaxMs
      if (nowMs + delayMs > giveUpAtMs) throw gaveUp(options.url, result, limits)
      onRetry?.(result.cause, delayMs)
      await wait(delayMs, undefined, { signal: stop }).catch(() => {
        throw new StoppedError()
      })
    }
  }
}

function gaveUp(url: string, { cause, retryAfter }: Attempt & { kind: 'retry' }, limits: RetryLimits): PostError {
  const asked = retryAfter === null ? '' : ` The server asks to wait (Retry-After: ${retryAfter}).`
  const seconds = Math.round(limits.withoutProgressMaxMs / 1000)
  return new PostError(
    `${url} does not accept events: ${cause}.${asked} Retries end after ${seconds} s without progress. Try again later.`,
  )
}

/** How long a running attempt may take after `stop` is aborted. */
const STOP_GRACE_MS = 5_000

/** @throws PostError if a retry is pointless */
async function attemptPost(
  body: RequestBody,
  server: Server,
  attemptMaxMs: number,
  stop: AbortSignal,
): Promise<Attempt> {
  if (body.bytes.length > REQUEST_BYTES_MAX || body.inflatedBytes > REQUEST_INFLATED_BYTES_MAX) {
    const detail = `The request has ${body.inflatedBytes} bytes, ${body.bytes.length} as sent; the limits are ${REQUEST_INFLATED_BYTES_MAX} and ${REQUEST_BYTES_MAX}.`
    return { kind: 'refused', reason: 'body_too_large', detail, isFinal: true }
  }
  const cut = new AbortController()
  const timer = setTimeout(() => cut.abort(), attemptMaxMs)
  let grace: NodeJS.Timeout | undefined
  const onStop = () => {
    grace = setTimeout(() => cut.abort(), STOP_GRACE_MS)
  }
  stop.addEventListener('abort', onStop)
  try {
    return await exchange(body, server, cut.signal)
  } catch (error) {
    if (error instanceof PostError) throw error
    const cause = networkCause(error, cut.signal)
    if (!cut.signal.aborted && !isFromNetwork(error)) throw new PostError(`Nothing was sent: ${cause}.`)
    return { kind: 'retry', cause, retryAfter: null }
  } finally {
    clearTimeout(timer)
    clearTimeout(grace)
    stop.removeEventListener('abort', onStop)
  }
}

async function exchange(body: RequestBody, { url, key }: Server, signal: AbortSignal): Promise<Attempt> {
  const response = await fetch(eventsUrl(url), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': body.contentType,
      ...(body.contentEncoding && { 'content-encoding': body.contentEncoding }),
    },
    body: body.bytes as Uint8Array<ArrayBuffer>,
    // A redirect could turn the POST into a GET, so it is reported as an error instead.
    redirect: 'manual',
    signal,
  })
  const { status } = response
  // Always read to the end, because the connection could not be reused otherwise.
  const text = await response.text()
  if (status === 202 || status === 422) {
    const batchId = response.headers.get('playtrace-batch-id')
    return { kind: 'answered', answer: readAnswer(text, status, url), ...(batchId && { batchId }) }
  }
  const cause = problemText(text, status)
  const reason = problemCode(text)
  const isFinal = DIVIDED.includes(reason)
  if (status === 413 || (status === 400 && isFinal))
    return { kind: 'refused', reason: reason || 'body_too_large', detail: cause, isFinal }
  if (status === 408 || status === 429 || status >= 500) {
    return { kind: 'retry', cause, retryAfter: response.headers.get('retry-after') }
  }
  throw new PostError(`${eventsUrl(url)} refused the request. ${cause}.`)
}

function eventsUrl(url: string): string {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new PostError(`${url} is not a valid URL. Use one such as http://127.0.0.1:3000.`)
  }
  return new URL('v1/events', url.endsWith('/') ? url : `${url}/`).href
}

function readAnswer(text: string, status: number, url: string): Answer {
  const answer = readJson(text) as Partial<Answer> | undefined
  if (Number.isInteger(answer?.accepted) && Array.isArray(answer?.rejected)) return answer as Answer
  throw new PostError(`${url} answered ${status}, but it is not a Playtrace server. Check the URL.`)
}

/** The title and detail of an RFC 9457 problem, without a period at the end. */
export function problemText(text: string, status: number): string {
  const { title, detail } = (readJson(text) ?? {}) as Partial<Problem>
  const parts = [title, detail].filter((part) => typeof part === 'string' && part !== '')
  return `${status} ${parts.join(': ') || 'without a reason'}`.replace(/\.+$/, '')
}

/** With these codes, the client divides a request (docs/api.md, "What a client does"). */
const DIVIDED = ['invalid_body', 'no_events', 'body_too_large', 'too_many_events']

function problemCode(text: string): string {
  const { code } = (readJson(text) ?? {}) as Partial<Problem>
  return typeof code === 'string' ? code : ''
}

export function readJson(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

/** Errors of the network have a code. fetch's own errors, such as for an invalid header, would recur on a retry. */
function isFromNetwork(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && 'code' in error.cause
}

/** The message of fetch is only "fetch failed". The reason is in its cause, which may hold one error each for IPv6 and IPv4. */
function networkCause(error: unknown, cut: AbortSignal): string {
  if (cut.aborted) return 'No answer in time'
  const cause = error instanceof Error ? (error.cause ?? error) : error
  if (cause instanceof AggregateError && cause.message === '') return networkCause(cause.errors[0], cut)
  return cause instanceof Error ? cause.message : String(cause)
}
