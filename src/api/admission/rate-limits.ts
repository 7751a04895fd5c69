// How many requests one address, and one key, may send: far above what a game needs, and below what an abuser wants.
import rateLimit from '@fastify/rate-limit'
import type {
  FastifyInstance,
  FastifyRequest,
  onRequestAsyncHookHandler,
  onRequestHookHandler,
} from 'fastify'
import { RequestProblem } from '../../contract/answer.ts'
import { keyOf } from './authenticate.ts'

export interface RateLimits {
  /** Requests a minute; 0: no limit. */
  perAddress: number
  perKey: number
  /** A Redis client, which all API processes count in; absent: each counts for itself. */
  redis?: unknown
}

export interface RateLimitHooks {
  /** Before the key is looked at: guessing keys counts too. */
  limitAddress: onRequestHookHandler
  /** After it. */
  limitKey: onRequestHookHandler
}

const WINDOW_MS = 60_000
/** A process remembers so many addresses and keys, each a counter. */
const COUNTERS_MAX = 10_000

const unlimited: onRequestHookHandler = (_request, _reply, done) => done()

export async function rateLimitHooks(app: FastifyInstance, limits: RateLimits): Promise<RateLimitHooks> {
  await app.register(rateLimit, {
    global: false,
    cache: COUNTERS_MAX,
    nameSpace: 'playtrace-rate-limit-',
    // A Redis that does not answer must not be what stops a sender.
    skipOnError: true,
    ...(limits.redis ? { redis: limits.redis } : {}),
  })
  const limit = (max: number, whose: string, keyGenerator: (request: FastifyRequest) => string) => {
    if (max === 0) return unlimited
    const count = app.createRateLimit({ max, timeWindow: WINDOW_MS, keyGenerator })
    const hook: onRequestAsyncHookHandler = async (request, reply) => {
      const counted = await count(request)
      if (counted.isAllowed || !counted.isExceeded) return
      reply.header('retry-after', String(Math.max(1, counted.ttlInSeconds)))
      throw new RequestProblem(
        'too_many_requests',
        `More than ${max} requests a minute from one ${whose}. Send the same again after Retry-After seconds, more events a request.`,
      )
    }
    return hook
  }
  return {
    limitAddress: limit(limits.perAddress, 'address', ({ ip }) => `address-${ip}`),
    limitKey: limit(limits.perKey, 'key', (request) => `key-${keyOf(request).key_hash.toString('base64')}`),
  }
}
