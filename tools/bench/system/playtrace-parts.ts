// Playtrace in parts, as in containers: PostgreSQL and the API first, and a worker only when it is asked for.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { MEMORY_ENVIRONMENT, MEMORY_FLAGS } from '../../../src/commands/start/memory-settings.ts'
import { newKey } from '../../../src/contract/key.ts'
import { startEmbeddedPostgres } from '../../../src/storage/embedded-postgres.ts'
import { freePort } from '../../../test/redis-server.ts'
import { bareEnvironment, PROGRAM, stop } from '../../../test/system/launch.ts'
import { until } from '../../../test/until.ts'
import { NO_RATE_LIMITS, type QueueKind } from './playtrace.ts'
import { openPlaytraceStorage, type PlaytraceStorage } from './playtrace-storage.ts'
import { postgresQueueBytes, redisQueueBytes } from './queue-bytes.ts'
import { startRedis } from './redis.ts'
import type { Target } from './target.ts'

const START_MS_MAX = 30_000
/** A queue full of events takes its time to be stopped. */
const SHUTDOWN_TIMEOUT_MS = '30000'

export interface PlaytraceParts extends Target {
  storage: PlaytraceStorage
  queueBytes: () => Promise<number>
  startWorker(): void
}

/** @param dataDir exists */
export async function startParts(dataDir: string, queue: QueueKind): Promise<PlaytraceParts> {
  const closers: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const closeOne of closers.splice(0).reverse()) await closeOne()
  }
  try {
    return await open(dataDir, queue, closers, close)
  } catch (error) {
    await close()
    throw error
  }
}

async function open(
  dataDir: string,
  queue: QueueKind,
  closers: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<PlaytraceParts> {
  const server = await startEmbeddedPostgres({ dataDir, onExit: (error) => console.error(error) })
  closers.push(() => server.stop())
  const redis = queue === 'redis' ? await startRedis({ appendfsync: 'always' }) : undefined
  if (redis) closers.push(redis.stop)
  const origin = `http://127.0.0.1:${await freePort()}`
  const writeKey = newKey('write')
  const env = {
    ...bareEnvironment(),
    ...NO_RATE_LIMITS,
    ...MEMORY_ENVIRONMENT,
    DATABASE_URL: server.url,
    PLAYTRACE_DATA_DIR: dataDir,
    PLAYTRACE_WRITE_KEY: writeKey,
    PORT: new URL(origin).port,
    SHUTDOWN_TIMEOUT_MS,
    ...(redis && { QUEUE_URL: redis.url }),
  }
  await promisify(execFile)(process.execPath, [PROGRAM, 'migrate'], { env })
  const start = (command: 'api' | 'worker'): ChildProcess => {
    const child = spawn(process.execPath, [...MEMORY_FLAGS, PROGRAM, command], {
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    closers.push(() => stop(child))
    return child
  }
  const api = start('api')
  await until(
    () =>
      fetch(`${origin}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    START_MS_MAX,
  )
  const storage = await openPlaytraceStorage(server.url)
  closers.push(storage.close)
  const pids: Target['pids'] = {
    api: [api.pid as number],
    worker: [],
    database: [server.pid],
    redis: redis ? [redis.pid] : [],
  }
  return {
    url: `${origin}/v1/events`,
    headers: { authorization: `Bearer ${writeKey}` },
    pids,
    storage,
    queueBytes: () => (redis ? redisQueueBytes(redis.url) : postgresQueueBytes(storage.client)),
    startWorker: () => void pids.worker.push(start('worker').pid as number),
    close,
  }
}
