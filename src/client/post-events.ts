// Sends one request of events to a server and retries it until it is answered or retries are pointless.
import { setTimeout as wait } from 'node:timers/promises'
import {
  type Attempt,
  attemptPost,
  PostError,
  type PostResult,
  type RequestBody,
  type Server,
} from './attempt-post.ts'
import { RETRY_LIMITS, type RetryLimits, retryDelayMs } from './retry-delay.ts'

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

function gaveUp(
  url: string,
  { cause, retryAfter }: Attempt & { kind: 'retry' },
  limits: RetryLimits,
): PostError {
  const asked = retryAfter === null ? '' : ` The server asks to wait (Retry-After: ${retryAfter}).`
  const seconds = Math.round(limits.withoutProgressMaxMs / 1000)
  return new PostError(
    `${url} does not accept events: ${cause}.${asked} Retries end after ${seconds} s without progress. Try again later.`,
  )
}
