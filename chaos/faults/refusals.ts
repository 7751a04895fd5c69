// Servers that are there and let nobody in, for seconds and now and then for a minute; and a disk without room.
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import type { Random } from '../../src/simulation/random.ts'
import type { ChaosSystem } from '../system.ts'
import { type Fault, WITHOUT_REDIS } from './fault.ts'

const SHORT_MS = [1_000, 6_000] as const
const MINUTE_MS = 60_000
const MINUTE_CHANCE = 0.1
const FULL_MS = [1_000, 5_000] as const

function heldMs(random: Random): number {
  return random.chance(MINUTE_CHANCE) ? MINUTE_MS : random.whole(...SHORT_MS)
}

async function refuseDatabase(system: ChaosSystem, random: Random): Promise<void> {
  const url = await system.databaseUrl('postgres')
  await onServer(url, async (server) => {
    await server.query('alter database playtrace allow_connections false')
    await server.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = 'playtrace'`)
  })
  try {
    await wait(heldMs(random))
  } finally {
    await onServer(url, (server) => server.query('alter database playtrace allow_connections true'))
  }
}

async function onServer<T>(url: string, work: (server: pg.Client) => Promise<T>): Promise<T> {
  const server = new pg.Client(url)
  await server.connect()
  try {
    return await work(server)
  } finally {
    await server.end()
  }
}

async function refuseRedis({ proxies }: ChaosSystem, random: Random): Promise<void> {
  proxies.redis?.refuse(true)
  proxies.redis?.cutAll()
  try {
    await wait(heldMs(random))
  } finally {
    proxies.redis?.refuse(false)
  }
}

async function fillDisk({ disk }: ChaosSystem, random: Random): Promise<void> {
  if (typeof disk === 'string') return
  await disk.fill()
  try {
    await wait(random.whole(...FULL_MS))
  } finally {
    await disk.free()
  }
}

export const REFUSALS: Fault[] = [
  { name: 'database refuses connections', inject: refuseDatabase },
  {
    name: 'Redis refuses connections',
    whyNot: ({ redis }) => (redis ? undefined : WITHOUT_REDIS),
    inject: refuseRedis,
  },
  {
    name: 'disk of the data folder full',
    whyNot: ({ disk }) => (typeof disk === 'string' ? disk : undefined),
    inject: fillDisk,
  },
]
