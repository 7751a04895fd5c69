// Playtrace as a user starts it: `playtrace start` on a data folder, embedded PostgreSQL and all, without rate limits.
import type { ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { serverFolder } from '../../../src/storage/embedded-postgres/data-folder.ts'
import { runningPostmaster } from '../../../src/storage/embedded-postgres/postmaster-pid.ts'
import { findEmbeddedPostgres } from '../../../src/storage/embedded-postgres.ts'
import { freePort, type RedisServer } from '../../../test/redis-server.ts'
import { bareEnvironment, launchStart, processesOf, stop } from '../../../test/system/launch.ts'
import { openPlaytraceStorage, type PlaytraceStorage } from './playtrace-storage.ts'
import { nameProfiles, profiling } from './profiles.ts'
import { postgresQueueBytes, redisQueueBytes } from './queue-bytes.ts'
import { startRedis } from './redis.ts'
import type { Target } from './target.ts'

export type QueueKind = 'postgres' | 'redis'

export const NO_RATE_LIMITS = { RATE_LIMIT_PER_ADDRESS: '0', RATE_LIMIT_PER_KEY: '0' }

export interface PlaytraceOptions {
  dataDir: string
  queue: QueueKind
  /** Of the API and of the worker each. */
  processes?: number
  /** Where each process leaves a CPU profile when it ends. */
  profilesDir?: string | undefined
}

export interface Playtrace extends Target {
  storage: PlaytraceStorage
  queueBytes: () => Promise<number>
  supervisorPid: number
  /** Without `/v1/…`. */
  origin: string
  databaseUrl: string
  adminKey: string
}

export async function startPlaytrace(options: PlaytraceOptions): Promise<Playtrace> {
  const closers: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const closeOne of closers.splice(0).reverse()) await closeOne()
  }
  try {
    return await open(options, closers, close)
  } catch (error) {
    await close()
    throw error
  }
}

async function open(
  { dataDir, queue, processes = 1, profilesDir }: PlaytraceOptions,
  closers: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<Playtrace> {
  const redis = queue === 'redis' ? await startRedis({ appendfsync: 'always' }) : undefined
  if (redis) closers.push(redis.stop)
  const origin = `http://127.0.0.1:${await freePort()}`
  const supervisor = await launchStart(
    {
      ...bareEnvironment(),
      ...NO_RATE_LIMITS,
      PLAYTRACE_DATA_DIR: dataDir,
      PORT: new URL(origin).port,
      API_PROCESSES: String(processes),
      WORKER_PROCESSES: String(processes),
      ...(redis && { QUEUE_URL: redis.url }),
      ...(profilesDir && profiling(profilesDir)),
    },
    true,
  )
  const pids = await pidsOf(supervisor, dataDir, redis)
  closers.push(async () => {
    await stop(supervisor)
    if (profilesDir) await nameProfiles(profilesDir, { ...pids, supervisor: [supervisor.pid as number] })
  })
  const databaseUrl = (await findEmbeddedPostgres(dataDir)) as string
  const storage = await openPlaytraceStorage(databaseUrl)
  closers.push(storage.close)
  const keys = JSON.parse(await readFile(join(dataDir, 'keys.json'), 'utf8'))
  return {
    url: `${origin}/v1/events`,
    headers: { authorization: `Bearer ${keys.write_key}` },
    pids,
    storage,
    queueBytes: () => (redis ? redisQueueBytes(redis.url) : postgresQueueBytes(storage.client)),
    supervisorPid: supervisor.pid as number,
    origin,
    databaseUrl,
    adminKey: keys.admin_key,
    close,
  }
}

async function pidsOf(supervisor: ChildProcess, dataDir: string, redis: RedisServer | undefined) {
  const postmaster = await runningPostmaster(serverFolder(dataDir))
  return {
    api: await processesOf(supervisor, 'api'),
    worker: await processesOf(supervisor, 'worker'),
    database: [postmaster?.pid as number],
    redis: redis ? [redis.pid] : [],
  }
}
