// Limits the requests a minute of one address and of one key.
import rateLimit, { type FastifyRateLimitStoreCtor } from '@fastify/rate-limit'
// @ts-expect-error: the package has no types for this class.
import RedisStore from '@fastify/rate-limit/store/RedisStore.js'
import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify'
import { countedAddress } from './addresses.ts'
import { keyOf } from './authenticate.ts'
import { TooManyRequests } from './too-many-requests.ts'

export interface RateLimits {
  /** Requests a minute; 0: no limit. */
  perAddress: number
  perKey: number
  /** A Redis client in which all API processes count together. Without it, each process counts its own requests. */
  redis?: unknown
}

export interface RateLimitHooks {
  /** Runs before the key is verified, so that guessed keys count too. */
  limitAddress: onRequestHookHandler
  /** Runs after the key is verified. */
  limitKey: onRequestHookHandler
}

const WINDOW_MS = 60_000
/** The names of the counters in Redis begin with this. */
const NAMES_START = 'playtrace-rate-limit-'
/** The number of addresses and keys that a process counts at the same time. */
const COUNTERS_MAX = 10_000

const unlimited: onRequestHookHandler = (_request, _reply, done) => done()

export async function rateLimitHooks(app: FastifyInstance, limits: RateLimits): Promise<RateLimitHooks> {
  await app.register(rateLimit, {
    global: false,
    cache: COUNTERS_MAX,
    // Requests pass uncounted while Redis does not answer.
    skipOnError: true,
    ...(limits.redis ? { store: storeIn(limits.redis) } : {}),
  })
  const limit = (max: number, whose: string, keyGenerator: (request: FastifyRequest) => string) => {
    if (max === 0) return unlimited
    const count = app.createRateLimit({ max, timeWindow: WINDOW_MS, keyGenerator })
    return async (request: FastifyRequest) => {
      const counted = await count(request)
      if (counted.isAllowed || !counted.isExceeded) return
      const detail = `More than ${max} requests a minute came from one ${whose}. Send the request again after Retry-After seconds, and send more events in each request.`
      throw new TooManyRequests(detail, counted.ttlInSeconds * 1000)
    }
  }
  return {
    limitAddress: limit(limits.perAddress, 'address', ({ ip }) => `address-${countedAddress(ip)}`),
    limitKey: limit(limits.perKey, 'key', (request) => `key-${keyOf(request).key_hash.toString('base64')}`),
  }
}

/** The plugin names each counter after a route. These limits have none, and the names would begin with "undefinedundefined". */
function storeIn(redis: unknown): FastifyRateLimitStoreCtor {
  class Store extends RedisStore {
    constructor() {
      super(false, false, redis, NAMES_START)
    }

    child() {
      return this
    }
  }
  return Store as unknown as FastifyRateLimitStoreCtor
}
