// Faults that end processes by `kill -9` or by a normal stop. The parent process or this run starts them again.
import type { Random } from '../../../src/simulation/random.ts'
import { until } from '../../../test/until.ts'
import type { ChaosSystem } from '../system.ts'
import { type Fault, needsRedis, oneOf } from './fault.ts'

/** A restart takes as long as many other faults together. */
const RESTART_EVERY_ROUNDS = 3

async function killOne(system: ChaosSystem, command: 'api' | 'worker', random: Random): Promise<void> {
  const pids = await until(async () => {
    const found = await system.processes(command)
    return found.length > 0 && found
  })
  signal(oneOf(random, pids), 'SIGKILL')
}

async function killAll(system: ChaosSystem, command: 'api' | 'worker'): Promise<void> {
  for (const pid of await system.processes(command)) signal(pid, 'SIGKILL')
}

/** Ignores a process that has already ended, such as the child of one that was killed before. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function endPostgres(system: ChaosSystem, name: NodeJS.Signals): Promise<void> {
  const pid = await system.postmaster()
  signal(pid, name)
  await until(async () => (await system.postmaster()) !== pid, 60_000)
}

async function endRedis({ redis }: ChaosSystem, name: NodeJS.Signals): Promise<void> {
  redis?.kill(name)
  await redis?.restart()
}

export const KILLS: Fault[] = [
  { name: 'kill -9 of an API process', inject: (system, random) => killOne(system, 'api', random) },
  { name: 'kill -9 of a worker', inject: (system, random) => killOne(system, 'worker', random) },
  {
    name: 'kill -9 of every API process',
    everyRounds: RESTART_EVERY_ROUNDS,
    inject: (system) => killAll(system, 'api'),
  },
  { name: 'kill -9 of every worker', inject: (system) => killAll(system, 'worker') },
  {
    name: 'kill -9 of the parent process',
    everyRounds: RESTART_EVERY_ROUNDS,
    inject: (system) => system.restart('SIGKILL'),
  },
  {
    name: 'everything stopped and started',
    everyRounds: RESTART_EVERY_ROUNDS,
    inject: (system) => system.restart('SIGTERM'),
  },
  {
    name: 'kill -9 of PostgreSQL',
    isOfDatabase: true,
    inject: (system) => endPostgres(system, 'SIGKILL'),
  },
  { name: 'PostgreSQL restarted', isOfDatabase: true, inject: (system) => endPostgres(system, 'SIGINT') },
  { name: 'kill -9 of Redis', whyNot: needsRedis, inject: (system) => endRedis(system, 'SIGKILL') },
  { name: 'Redis restarted', whyNot: needsRedis, inject: (system) => endRedis(system, 'SIGTERM') },
]
