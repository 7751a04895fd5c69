// The Redis in which all API processes count requests together for the rate limits.
import { Redis } from 'ioredis'
import type { Lifecycle } from '../lifecycle.ts'

/** A request waits no longer than this to be counted. After that it is served uncounted. */
const COUNT_TIMEOUT_MS = 250

/** @returns undefined if the queue is not on Redis; each process then counts its own requests */
export function openRateLimitStore(
  queueUrl: string | undefined,
  lifecycle: Lifecycle,
  reportError: (error: Error) => void,
): Redis | undefined {
  if (!queueUrl || !/^rediss?:/.test(queueUrl)) return undefined
  const redis = new Redis(queueUrl, {
    commandTimeout: COUNT_TIMEOUT_MS,
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    maxRetriesPerRequest: 0,
  })
  redis.on('error', reportError)
  lifecycle.onClose('rate limits', async () => redis.disconnect())
  return redis
}
