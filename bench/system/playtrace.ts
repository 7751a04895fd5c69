// Playtrace as a user starts it: `playtrace start` on a data folder, embedded PostgreSQL and all, without rate limits.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { serverFolder } from '../../src/storage/embedded-postgres/data-folder.ts'
import { runningPostmaster } from '../../src/storage/embedded-postgres/postmaster-pid.ts'
import { findEmbeddedPostgres } from '../../src/storage/embedded-postgres.ts'
import { freePort } from '../../test/redis-server.ts'
import { bareEnvironment, launchStart, processesOf, stop } from '../../test/system/launch.ts'
import { openPlaytraceStorage } from './playtrace-storage.ts'
import { postgresQueueBytes, redisQueueBytes } from './queue-bytes.ts'
import { startRedis } from './redis.ts'
import type { Target } from './target.ts'

export type QueueKind = 'postgres' | 'redis'

export interface PlaytraceOptions {
  dataDir: string
  queue: QueueKind
  /** Of the API and of the worker each. */
  processes?: number
  /** Where each process leaves a CPU profile when it ends. */
  profilesDir?: string | undefined
}

export interface Playtrace extends Target {
  supervisorPid: number
  databaseUrl: string
  adminKey: string
}

export async function startPlaytrace(options: PlaytraceOptions): Promise<Playtrace> {
  const { dataDir, queue, processes = 1 } = options
  const redis = queue === 'redis' ? await startRedis({ appendfsync: 'always' }) : undefined
  try {
    const port = await freePort()
    const supervisor = await launchStart({
      ...bareEnvironment(),
      PLAYTRACE_DATA_DIR: dataDir,
      PORT: String(port),
      API_PROCESSES: String(processes),
      WORKER_PROCESSES: String(processes),
      RATE_LIMIT_PER_ADDRESS: '0',
      RATE_LIMIT_PER_KEY: '0',
      ...(redis && { QUEUE_URL: redis.url }),
      ...(options.profilesDir && {
        NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${options.profilesDir}`,
      }),
    })
    const databaseUrl = (await findEmbeddedPostgres(dataDir)) as string
    const storage = await openPlaytraceStorage(databaseUrl)
    const keys = JSON.parse(await readFile(join(dataDir, 'keys.json'), 'utf8'))
    const postmaster = await runningPostmaster(serverFolder(dataDir))
    return {
      url: `http://127.0.0.1:${port}/v1/events`,
      headers: { authorization: `Bearer ${keys.write_key}` },
      pids: {
        api: await processesOf(supervisor, 'api'),
        worker: await processesOf(supervisor, 'worker'),
        database: [postmaster?.pid as number],
        redis: redis ? [redis.pid] : [],
      },
      storage,
      queueBytes: () => (redis ? redisQueueBytes(redis.url) : postgresQueueBytes(storage.client)),
      supervisorPid: supervisor.pid as number,
      databaseUrl,
      adminKey: keys.admin_key,
      async close() {
        await storage.close()
        await stop(supervisor)
        await redis?.stop()
      },
    }
  } catch (error) {
    await redis?.stop()
    throw error
  }
}
