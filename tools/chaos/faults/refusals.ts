// Faults in which a server refuses connections or is unreachable, for seconds or for a minute, and full disks.
import { withClient } from '../../../test/with-client.ts'
import type { SmallDisk } from '../small-disk.ts'
import type { TcpProxy } from '../tcp-proxy.ts'
import { type Fault, hold, needsRedis } from './fault.ts'

const REFUSED_MS = [500, 3_500] as const
const STOPPED_MS = 60_000
const STOPPED_EVERY_FAULTS = 500
const FULL_MS = [500, 3_500] as const
/** The space that is left on the full disk of the database. */
const DATABASE_FREE_BYTES = 64 * 1024
/** The space that is left on the full disk of Redis, which makes smaller writes. */
const REDIS_FREE_BYTES = 4 * 1024

/** The server answers and refuses every connection. */
const refuseDatabase: Fault['inject'] = async (system, random, stop) => {
  const heldMs = random.whole(...REFUSED_MS)
  const url = await system.databaseUrl('postgres')
  await withClient(url, async (server) => {
    await server.query('alter database playtrace allow_connections false')
    await server.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = 'playtrace'`)
  })
  try {
    await hold(heldMs, stop)
  } finally {
    await withClient(url, (server) => server.query('alter database playtrace allow_connections true'))
  }
}

/** The server is unreachable: every connection is cut and no new one can be made. */
export async function stopReaching(proxy: TcpProxy, heldMs: number, stop: AbortSignal): Promise<void> {
  proxy.refuse(true)
  proxy.cutAll()
  try {
    await hold(heldMs, stop)
  } finally {
    proxy.refuse(false)
  }
}

async function fillDisk(disk: SmallDisk | string, freeBytes: number, heldMs: number, stop: AbortSignal): Promise<void> {
  if (typeof disk === 'string') return
  await disk.fill(freeBytes)
  try {
    await hold(heldMs, stop)
  } finally {
    await disk.free()
  }
}

const whyNo = (disk: SmallDisk | string) => (typeof disk === 'string' ? disk : undefined)

export const REFUSALS: Fault[] = [
  { name: 'database refuses connections', isOfDatabase: true, inject: refuseDatabase },
  {
    name: 'database stopped for a minute',
    everyFaults: STOPPED_EVERY_FAULTS,
    isOfDatabase: true,
    inject: ({ proxies }, _random, stop) => stopReaching(proxies.database, STOPPED_MS, stop),
  },
  {
    name: 'Redis refuses connections',
    whyNot: needsRedis,
    inject: async ({ proxies }, random, stop) => {
      if (proxies.redis) await stopReaching(proxies.redis, random.whole(...REFUSED_MS), stop)
    },
  },
  {
    name: 'Redis stopped for a minute',
    everyFaults: STOPPED_EVERY_FAULTS,
    whyNot: needsRedis,
    inject: async ({ proxies }, _random, stop) => {
      if (proxies.redis) await stopReaching(proxies.redis, STOPPED_MS, stop)
    },
  },
  {
    name: 'disk of the data folder full',
    isOfDatabase: true,
    whyNot: ({ disks }) => whyNo(disks.database),
    inject: ({ disks }, random, stop) => fillDisk(disks.database, DATABASE_FREE_BYTES, random.whole(...FULL_MS), stop),
  },
  {
    name: 'disk of Redis full',
    whyNot: (system) => needsRedis(system) ?? whyNo(system.disks.redis),
    async inject({ disks, redis }, random, stop) {
      await fillDisk(disks.redis, REDIS_FREE_BYTES, random.whole(...FULL_MS), stop)
      // Redis ends if it cannot write its log, so it must be restarted.
      if (redis?.hasEnded()) await redis.restart()
    },
  },
]
