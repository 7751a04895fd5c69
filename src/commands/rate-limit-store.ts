// Counts requests in Redis, if there is one, for all API processes together.
import { Redis } from 'ioredis'
import type { Lifecycle } from '../lifecycle.ts'

/** After this time a request is served uncounted. */
const COUNT_TIMEOUT_MS = 250

/** @returns undefined if the queue is not on Redis; then each process counts for itself */
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
