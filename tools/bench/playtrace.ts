// Playtrace as a user starts it: `playtrace start` of a checkout, on a data folder of its own and without rate limits. The
// bench uses only the checkout's command line, variables, HTTP and table of events, so it can measure any commit.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findRedisServer, freePort, startRedisServer } from '../../test/redis-server.ts'
import { until } from '../../test/until.ts'
import { openStore, type Store } from './store.ts'

export type QueueKind = 'postgres' | 'redis'

export interface Playtrace {
  /** The address without a path. */
  origin: string
  /** Where events are sent. */
  url: string
  /** With the write key. */
  headers: Record<string, string>
  adminKey: string
  /** The roots of its process trees. */
  pids: number[]
  store: Store
  stop(): Promise<void>
}

const START_MS_MAX = 60_000
const WRITE_KEY = 'pt_w_bench_bench_bench_bench_bench_bench'
const ADMIN_KEY = 'pt_a_bench_bench_bench_bench_bench_bench'

/** @param dataDir an empty folder */
export async function startPlaytrace(checkout: string, dataDir: string, queue: QueueKind): Promise<Playtrace> {
  await using started = new AsyncDisposableStack()
  const redis = queue === 'redis' ? await startRedis() : undefined
  if (redis) started.defer(redis.stop)
  const origin = `http://127.0.0.1:${await freePort()}`
  const { PATH, HOME } = process.env
  const env = {
    PATH,
    HOME,
    LOG_LEVEL: 'warn',
    RATE_LIMIT_PER_ADDRESS: '0',
    RATE_LIMIT_PER_KEY: '0',
    PLAYTRACE_DATA_DIR: dataDir,
    PLAYTRACE_WRITE_KEY: WRITE_KEY,
    PLAYTRACE_ADMIN_KEY: ADMIN_KEY,
    PORT: new URL(origin).port,
    ...(redis && { QUEUE_URL: redis.url }),
  }
  const program = join(checkout, 'bin/playtrace.ts')
  const parent = spawn(process.execPath, [program, 'start'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  started.defer(() => end(parent))
  await untilReady(parent, origin)
  const { stdout } = await promisify(execFile)(process.execPath, [program, 'database-url'], { env })
  const store = await openStore(stdout.trim())
  started.defer(store.close)
  const all = started.move()
  return {
    url: `${origin}/v1/events`,
    headers: { authorization: `Bearer ${WRITE_KEY}` },
    pids: [parent.pid as number, ...(redis ? [redis.pid] : [])],
    store,
    origin,
    adminKey: ADMIN_KEY,
    stop: () => all.disposeAsync(),
  }
}

async function startRedis() {
  const program = findRedisServer()
  if (!program) throw new Error('The bench needs redis-server or valkey-server on the PATH. Install one of them.')
  return startRedisServer(program)
}

async function untilReady(parent: ChildProcess, origin: string): Promise<void> {
  let output = ''
  parent.stdout?.on('data', (chunk) => {
    output = `${output}${chunk}`.slice(-5_000)
  })
  await until(async () => {
    if (parent.exitCode !== null) throw new Error(`playtrace start ended early: ${output}`)
    if (!output.includes('Playtrace is ready')) return false
    return fetch(`${origin}/readyz`).then(({ ok }) => ok)
  }, START_MS_MAX)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}
