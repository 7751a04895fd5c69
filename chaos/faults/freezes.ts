// SIGSTOP for seconds, then SIGCONT: a process that is there, holds its connections and locks, and does nothing.
import { setTimeout as wait } from 'node:timers/promises'
import type { Random } from '../../src/simulation/random.ts'
import { childrenOf } from '../../test/system/launch.ts'
import type { ChaosSystem } from '../system.ts'
import { type Fault, WITHOUT_REDIS } from './fault.ts'
import { signal } from './kills.ts'

const SHORT_MS = [300, 4_000] as const
/** Beyond a batch's lock in the queue: another worker takes it, and both store it. */
const LONG_MS = [11_000, 16_000] as const
const LONG_CHANCE = 0.15

async function freeze(pids: number[], random: Random): Promise<void> {
  const [min, max] = random.chance(LONG_CHANCE) ? LONG_MS : SHORT_MS
  const heldMs = random.whole(min, max)
  for (const pid of pids) signal(pid, 'SIGSTOP')
  try {
    await wait(heldMs)
  } finally {
    for (const pid of pids) signal(pid, 'SIGCONT')
  }
}

async function freezeFirst(system: ChaosSystem, command: 'api' | 'worker', random: Random): Promise<void> {
  await freeze((await system.processes(command)).slice(0, 1), random)
}

async function freezePostgres(system: ChaosSystem, random: Random): Promise<void> {
  const postmaster = await system.postmaster()
  const sessions = await childrenOf(postmaster)
  await freeze([postmaster, ...sessions.map(({ pid }) => pid)], random)
}

export const FREEZES: Fault[] = [
  { name: 'SIGSTOP of an API process', inject: (system, random) => freezeFirst(system, 'api', random) },
  { name: 'SIGSTOP of a worker', inject: (system, random) => freezeFirst(system, 'worker', random) },
  { name: 'SIGSTOP of PostgreSQL', inject: freezePostgres },
  {
    name: 'SIGSTOP of Redis',
    whyNot: ({ redis }) => (redis ? undefined : WITHOUT_REDIS),
    inject: async ({ redis }, random) => freeze(redis ? [redis.pid] : [], random),
  },
]
