// Whether this process can do its own work, and what is wrong elsewhere. A load balancer asks only about the first.
import { Gauge, type Registry } from 'prom-client'
import { reasonOf } from '../../error-reason.ts'
import type { EventQueue } from '../../queue/event-queue.ts'
import { onceASecond } from './once-a-second.ts'

const ANSWER_MS_MAX = 3_000

/** Returns what is wrong, in one sentence each. */
export type Check = () => Promise<string[]> | string[]

interface ReadinessAnswer {
  ready: boolean
  /** Why the process cannot do its own work. Empty when ready. */
  reasons: string[]
  /** What is wrong elsewhere. The process does its own work nevertheless. */
  degraded: string[]
}

export interface Readiness {
  /** The checks run at most once a second. */
  check(): Promise<ReadinessAnswer>
  /** The process is not ready from now on: load balancers send requests elsewhere while it drains. */
  drain(): void
}

/**
 * @param own the process is not ready while one of these finds something wrong
 * @param elsewhere these are only listed
 */
export function watchReadiness(own: Check[], elsewhere: Check[] = []): Readiness {
  let draining = false
  const runChecks = onceASecond(() => Promise.all([sentencesOf(own), sentencesOf(elsewhere)]))
  return {
    async check() {
      const [found, degraded] = await runChecks()
      const reasons = draining ? ['The process is draining.', ...found] : found
      return { ready: reasons.length === 0, reasons, degraded }
    },
    drain() {
      draining = true
    },
  }
}

async function sentencesOf(checks: Check[]): Promise<string[]> {
  return (await Promise.all(checks.map((check) => check()))).flat()
}

/** Verifies with a real write, because a store that can only be read answers every question. */
export function queueTakesWrites(queue: Pick<EventQueue, 'verifyWritable'>): Check {
  return () => failureOf(queue.verifyWritable(), 'The queue takes no writes')
}

/** @returns nothing if `work` succeeds in time, otherwise a sentence with `what` and the reason */
export async function failureOf(work: Promise<unknown>, what: string): Promise<string[]> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${ANSWER_MS_MAX} ms`)), ANSWER_MS_MAX)
  try {
    await Promise.race([work, late.promise])
    return []
  } catch (error) {
    return [`${what}: ${reasonOf(((error as Error).cause ?? error) as Error)}.`]
  } finally {
    clearTimeout(timer)
  }
}

/** The metric of several processes is that of the worst one. */
export function addReadinessGauges(registry: Registry, readiness: Pick<Readiness, 'check'>): void {
  new Gauge({
    name: 'playtrace_ready',
    help: '1 if every process can do its own work, otherwise 0: the lowest answer of /readyz.',
    aggregator: 'min',
    registers: [registry],
    async collect() {
      this.set(Number((await readiness.check()).ready))
    },
  })
  new Gauge({
    name: 'playtrace_degraded',
    help: 'The number of problems elsewhere that /readyz lists as degraded.',
    aggregator: 'max',
    registers: [registry],
    async collect() {
      this.set((await readiness.check()).degraded.length)
    },
  })
}
