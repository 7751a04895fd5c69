// The system under test: `playtrace start` with the embedded PostgreSQL, two API and two worker processes, optionally a
// Redis, and proxies between them that can cut connections. The run uses no server and no file of anything else.
import type { ChildProcess } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { passwordOf, SUPERUSER, serverFolder } from '../../src/embedded-postgres/data-folder.ts'
import { runningPostmaster } from '../../src/embedded-postgres/postmaster-pid.ts'
import { findRedisServer, freePort, type RedisServer, startRedisServer } from '../../test/redis-server.ts'
import { bareEnvironment, launchStart, processesOf, stop } from '../../test/system/launch.ts'
import { until } from '../../test/until.ts'
import { mountSmallDisk, type SmallDisk } from './small-disk.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

const PRELOAD = new URL('./preload.ts', import.meta.url).href
const DATABASE = 'playtrace'
/** After a kill, a start can fail because the previous processes still use the port. */
const STARTS_MAX = 5
const UNMOUNT_MS_MAX = 20_000

export type QueueKind = 'postgres' | 'redis'

export interface ChaosSystem {
  /** The URL of the API through the proxy. */
  url: string
  writeKey: string
  /** The URL of the database without the proxy. It can change with each start. */
  databaseUrl: (database?: string) => Promise<string>
  queueUrl: () => Promise<string>
  /** The proxies between clients and API, between system and PostgreSQL, and between system and Redis. */
  proxies: { api: TcpProxy; database: TcpProxy; redis: TcpProxy | undefined }
  redis: RedisServer | undefined
  /** The disks, or the reasons why there are none. */
  disks: { database: SmallDisk | string; redis: SmallDisk | string }
  /** The output of the system. */
  logFile: string
  processes: (command: 'api' | 'worker') => Promise<number[]>
  /** The pid of the embedded PostgreSQL. */
  postmaster: () => Promise<number>
  /** Ends `playtrace start` with the signal and starts it again. */
  restart: (signal: NodeJS.Signals) => Promise<void>
  stop: (options: { keepFiles: boolean }) => Promise<void>
}

export async function startChaosSystem(queue: QueueKind): Promise<ChaosSystem> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'playtrace-chaos-')))
  const closers: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const closeOne of closers.splice(0).reverse()) await closeOne()
  }
  try {
    return await open(queue, folder, closers, close)
  } catch (error) {
    await close()
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

async function open(
  queue: QueueKind,
  folder: string,
  closers: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<ChaosSystem> {
  const dataDir = join(folder, 'data')
  const redisDir = join(folder, 'redis')
  const disks = { database: await openDisk(dataDir, closers), redis: await openDisk(redisDir, closers) }
  const redis = queue === 'redis' ? await startRedis(redisDir, closers) : undefined

  const port = await freePort()
  const proxies = await startProxies({ dataDir, apiPort: port, redis }, closers)

  const logFile = join(folder, 'start.log')
  const program = await runStart(logFile, {
    ...bareEnvironment(),
    PLAYTRACE_DATA_DIR: dataDir,
    // The proxy cuts TCP connections.
    EMBEDDED_POSTGRES_PORT: String(await freePort()),
    PORT: String(port),
    API_PROCESSES: '2',
    WORKER_PROCESSES: '2',
    // All clients share one address and one key.
    RATE_LIMIT_PER_ADDRESS: '0',
    RATE_LIMIT_PER_KEY: '0',
    // With this variable, as under npm, the system ends when this run is killed.
    npm_lifecycle_event: 'chaos',
    NODE_OPTIONS: `--import=${PRELOAD}?databasePort=${proxies.database.port}`,
    ...(proxies.redis && { QUEUE_URL: `redis://127.0.0.1:${proxies.redis.port}` }),
  })
  closers.push(program.stop)

  const databaseUrl = async (database = DATABASE) =>
    `postgres://${SUPERUSER}:${await passwordOf(dataDir)}@127.0.0.1:${(await running(dataDir)).port}/${database}`
  return {
    url: `http://127.0.0.1:${proxies.api.port}`,
    writeKey: JSON.parse(await readFile(join(dataDir, 'keys.json'), 'utf8')).write_key,
    databaseUrl,
    queueUrl: async () => redis?.url ?? (await databaseUrl()),
    proxies,
    redis,
    disks,
    logFile,
    processes: (command) => processesOf(program.parent(), command),
    postmaster: async () => (await running(dataDir)).pid,
    restart: program.restart,
    async stop({ keepFiles }) {
      await close()
      if (!keepFiles) await rm(folder, { recursive: true, force: true })
    },
  }
}

async function openDisk(folder: string, closers: (() => Promise<unknown>)[]): Promise<SmallDisk | string> {
  await mkdir(folder, { mode: 0o711 })
  const disk = await mountSmallDisk(folder)
  if (typeof disk !== 'string') closers.push(() => unmount(disk))
  return disk
}

async function startRedis(dir: string, closers: (() => Promise<unknown>)[]): Promise<RedisServer> {
  const program = findRedisServer()
  if (!program) throw new Error('No redis-server or valkey-server found on PATH. Install one.')
  const redis = await startRedisServer(program, { dir })
  closers.push(redis.stop)
  return redis
}

async function startProxies(
  { dataDir, apiPort, redis }: { dataDir: string; apiPort: number; redis: RedisServer | undefined },
  closers: (() => Promise<unknown>)[],
): Promise<ChaosSystem['proxies']> {
  const open = async (targetPort: () => Promise<number | undefined>) => {
    const proxy = await startTcpProxy(targetPort)
    closers.push(proxy.close)
    return proxy
  }
  const redisPort = redis && Number(new URL(redis.url).port)
  return {
    api: await open(async () => apiPort),
    database: await open(async () => (await runningPostmaster(serverFolder(dataDir)))?.port),
    redis: redisPort === undefined ? undefined : await open(async () => redisPort),
  }
}

/** Waits until the embedded PostgreSQL is ready and returns it. */
function running(dataDir: string) {
  return until(async () => {
    const server = await runningPostmaster(serverFolder(dataDir))
    return server?.ready && server
  }, 60_000)
}

async function runStart(logFile: string, env: NodeJS.ProcessEnv) {
  const log = createWriteStream(logFile, { flags: 'a' })
  const start = async () => {
    for (let attempt = 1; ; attempt++) {
      try {
        const child = await launchStart(env, true)
        child.stdout?.pipe(log, { end: false })
        child.stderr?.pipe(log, { end: false })
        return child
      } catch (error) {
        log.write(`${(error as Error).message}\n`)
        if (attempt === STARTS_MAX) throw error
      }
    }
  }
  let parent: ChildProcess = await start()
  return {
    parent: () => parent,
    async restart(signal: NodeJS.Signals) {
      await stop(parent, signal)
      parent = await start()
    },
    async stop() {
      await stop(parent)
      log.end()
    },
  }
}

/** Tries until it succeeds, because processes that are ending still have files open on the disk. */
async function unmount(disk: SmallDisk): Promise<void> {
  await until(
    () =>
      disk.unmount().then(
        () => true,
        () => false,
      ),
    UNMOUNT_MS_MAX,
  )
}
