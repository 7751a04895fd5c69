// The real system under test: `playtrace start` with the embedded PostgreSQL, two API and two worker processes, where asked
// for a Redis, and between all of them proxies that can cut. Every server and every file is this run's own.
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
/** One after a kill may find the port still taken by the processes of the one before. */
const STARTS_MAX = 5
const UNMOUNT_MS_MAX = 20_000

export type QueueKind = 'postgres' | 'redis'

export interface ChaosSystem {
  /** By way of the proxy. */
  url: string
  writeKey: string
  /** Past the proxy; the server may be another after each start. */
  databaseUrl: (database?: string) => Promise<string>
  queueUrl: () => Promise<string>
  /** Between clients and API, between the system and PostgreSQL, between the system and Redis. */
  proxies: { api: TcpProxy; database: TcpProxy; redis: TcpProxy | undefined }
  redis: RedisServer | undefined
  /** Each of its own, or why there is none. */
  disks: { database: SmallDisk | string; redis: SmallDisk | string }
  /** What the system printed. */
  logFile: string
  processes: (command: 'api' | 'worker') => Promise<number[]>
  /** Of the embedded PostgreSQL. */
  postmaster: () => Promise<number>
  /** Ends `playtrace start` by the signal and starts it again. */
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
    PORT: String(port),
    API_PROCESSES: '2',
    WORKER_PROCESSES: '2',
    // One address and one key send everything.
    RATE_LIMIT_PER_ADDRESS: '0',
    RATE_LIMIT_PER_KEY: '0',
    // As under npm: where this run is killed, the system ends as well.
    npm_lifecycle_event: 'chaos',
    NODE_OPTIONS: `--import=${PRELOAD}`,
    CHAOS_DATABASE_PROXY_PORT: String(proxies.database.port),
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
    processes: (command) => processesOf(program.supervisor(), command),
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
  if (!program) throw new Error('There is no redis-server (or valkey-server) on PATH: install one.')
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

/** The server that runs now, waited for where it is being started again. */
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
  let supervisor: ChildProcess = await start()
  return {
    supervisor: () => supervisor,
    async restart(signal: NodeJS.Signals) {
      await stop(supervisor, signal)
      supervisor = await start()
    },
    async stop() {
      await stop(supervisor)
      log.end()
    },
  }
}

/** Whatever still has a file open there is ending. */
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
