// Everything that decides whether a request may come in. Routes use these hooks; app.ts makes them once.
import type { FastifyInstance } from 'fastify'
import { type AdmissionHooks, admissionHooks } from './in-flight.ts'
import type { KeyRing } from './key-ring.ts'
import type { Overload } from './overload.ts'
import { type RateLimitHooks, type RateLimits, rateLimitHooks } from './rate-limits.ts'
import { openSessions, type SessionStore, type Sessions } from './sessions.ts'
import { warnOfUntrustedProxy } from './untrusted-proxy.ts'

export interface AdmissionParts extends SessionStore {
  keys: KeyRing
  rateLimits: RateLimits
  overload: Pick<Overload, 'shed'>
}

export interface Admission extends RateLimitHooks, AdmissionHooks {
  keys: KeyRing
  sessions: Sessions
}

export async function addAdmission(
  app: FastifyInstance,
  { keys, rateLimits, overload, readSession }: AdmissionParts,
): Promise<Admission> {
  app.decorateRequest('key', null)
  warnOfUntrustedProxy(app)
  const limits = await rateLimitHooks(app, rateLimits)
  return { keys, sessions: openSessions({ readSession }), ...limits, ...admissionHooks(app, overload) }
}
