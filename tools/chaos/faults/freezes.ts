// Faults that freeze a process with SIGSTOP and continue it with SIGCONT. A frozen process keeps its connections and locks.
import { childrenOf } from '../../../test/system/launch.ts'
import type { ChaosSystem } from '../system.ts'
import { type Fault, hold, needsRedis } from './fault.ts'
import { signal } from './kills.ts'

/** The longest of these exceeds a client's timeout. */
const SHORT_MS = [200, 3_000] as const
/** Longer than a batch's lock in the queue, so that another worker takes the batch and both store it. */
const LONG_MS = [11_000, 13_000] as const
const LONG_EVERY_ROUNDS = 4

type PidsOf = (system: ChaosSystem) => Promise<number[]>

function freeze(pidsOf: PidsOf, lengthMs: readonly [number, number]): Fault['inject'] {
  return async (system, random, stop) => {
    const pids = await pidsOf(system)
    const heldMs = random.whole(...lengthMs)
    for (const pid of pids) signal(pid, 'SIGSTOP')
    try {
      await hold(heldMs, stop)
    } finally {
      for (const pid of pids) signal(pid, 'SIGCONT')
    }
  }
}

const firstApi: PidsOf = async (system) => (await system.processes('api')).slice(0, 1)
const firstWorker: PidsOf = async (system) => (await system.processes('worker')).slice(0, 1)
const postgres: PidsOf = async (system) => {
  const postmaster = await system.postmaster()
  const sessions = await childrenOf(postmaster)
  return [postmaster, ...sessions.map(({ pid }) => pid)]
}
const redis: PidsOf = async (system) => (system.redis ? [system.redis.pid] : [])

export const FREEZES: Fault[] = [
  { name: 'SIGSTOP of an API process', inject: freeze(firstApi, SHORT_MS) },
  { name: 'SIGSTOP of a worker', inject: freeze(firstWorker, SHORT_MS) },
  {
    name: 'SIGSTOP of a worker, beyond its locks',
    everyRounds: LONG_EVERY_ROUNDS,
    inject: freeze(firstWorker, LONG_MS),
  },
  { name: 'SIGSTOP of PostgreSQL', isOfDatabase: true, inject: freeze(postgres, SHORT_MS) },
  {
    name: 'SIGSTOP of PostgreSQL, beyond all locks',
    everyRounds: LONG_EVERY_ROUNDS,
    isOfDatabase: true,
    inject: freeze(postgres, LONG_MS),
  },
  { name: 'SIGSTOP of Redis', whyNot: needsRedis, inject: freeze(redis, SHORT_MS) },
  {
    name: 'SIGSTOP of Redis, beyond all locks',
    everyRounds: LONG_EVERY_ROUNDS,
    whyNot: needsRedis,
    inject: freeze(redis, LONG_MS),
  },
]
