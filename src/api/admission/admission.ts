// Everything that decides whether a request may come in. Routes use these hooks; app.ts makes them once.
import type { FastifyInstance } from 'fastify'
import { type BudgetHooks, type Budgets, budgetHooks } from './budgets.ts'
import { type AdmissionHooks, type AdmittingOverload, admissionHooks } from './in-flight.ts'
import type { KeyRing } from './key-ring.ts'
import { type RateLimitHooks, type RateLimits, rateLimitHooks } from './rate-limits.ts'
import { openSessions, type SessionStore, type Sessions } from './sessions.ts'

export interface AdmissionParts extends SessionStore {
  keys: KeyRing
  rateLimits: RateLimits
  budgets: Budgets
  overload: AdmittingOverload
}

export interface Admission extends RateLimitHooks, BudgetHooks, AdmissionHooks {
  keys: KeyRing
  sessions: Sessions
}

export async function addAdmission(
  app: FastifyInstance,
  { keys, rateLimits, budgets, overload, readSession }: AdmissionParts,
): Promise<Admission> {
  app.decorateRequest('key', null)
  const limits = await rateLimitHooks(app, rateLimits)
  return {
    keys,
    sessions: openSessions({ readSession }),
    ...limits,
    ...budgetHooks(app, budgets),
    ...admissionHooks(app, overload),
  }
}
