// One request of events to a running server, sent again until there is a verdict on it, or no hope of one.
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

/** One event as JSON text, and where it came from: its line in a file, or which one it was. */
export interface Entry {
  number: number
  json: Uint8Array
}

/** Called for every attempt anew, so that a body can carry the time of its own sending. */
export type EncodeBody = (entries: readonly Entry[]) => Promise<RequestBody>

export type Post = (entries: readonly Entry[]) => Promise<PostResult>

export interface PostOptions extends Server {
  encode: EncodeBody
  /** Once aborted, no attempt is begun, and one under way is given little time. */
  stop: AbortSignal
  limits?: RetryLimits
  onRetry?: (cause: string, delayMs: number) => void
}

/** Told to stop before there was an answer. */
export class StoppedError extends Error {}

/**
 * Requests made by one `post` share their patience: as long as any of them gets through, the others go on trying.
 * An event with an `event_id` is stored once however often it is sent; one without, once for each attempt that arrived.
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
  const asked = retryAfter === null ? '' : ` It asks to wait (Retry-After: ${retryAfter}).`
  const patience = Math.round(limits.withoutProgressMaxMs / 1000)
  return new PostError(
    `${url} takes no events; given up after ${patience} s without progress. ${cause}.${asked}`,
  )
}
