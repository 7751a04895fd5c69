// A Redis (or Valkey) server of a test's own, set up as the project ships it: on disk before it answers, never evicting.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { Redis } from 'ioredis'
import { until } from './until.ts'

export const REDIS_DATABASES = 64
const PROGRAMS = ['redis-server', 'valkey-server']
const START_MS_MAX = 10_000

export interface RedisServer {
  url: string
  pid: number
  hasEnded(): boolean
  kill(signal: NodeJS.Signals): void
  /** Starts it again on the same port and files, after it was killed. */
  restart(): Promise<void>
  /** Ends it, and removes its files where they are in a folder of its own. */
  stop(): Promise<void>
}

/** The path of the server's program, where there is one on PATH. */
export function findRedisServer(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return PROGRAMS.flatMap((program) => folders.map((folder) => join(folder, program))).find(existsSync)
}

/**
 * @param dir for its files; absent: a folder of its own
 * @param settings on top of, or instead of, those that the project ships
 */
export async function startRedisServer(
  program: string,
  { dir, settings = {} }: { dir?: string | undefined; settings?: Record<string, string> } = {},
): Promise<RedisServer> {
  const folder = dir ?? (await mkdtemp(join(tmpdir(), 'playtrace-test-redis-')))
  const port = await freePort()
  let server = await launch(program, folder, port, settings)
  return {
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return server.pid as number
    },
    hasEnded: () => hasEnded(server),
    kill: (signal) => void server.kill(signal),
    async restart() {
      await ended(server)
      server = await launch(program, folder, port, settings)
    },
    async stop() {
      // At SIGTERM, a new replica that still writes its first append-only file goes on for ever.
      server.kill('SIGKILL')
      await ended(server)
      if (dir === undefined) await rm(folder, { recursive: true, force: true })
    },
  }
}

async function launch(
  program: string,
  folder: string,
  port: number,
  settings: Record<string, string>,
): Promise<ChildProcess> {
  const all = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    databases: REDIS_DATABASES,
    appendonly: 'yes',
    appendfsync: 'always',
    'maxmemory-policy': 'noeviction',
    save: '',
    ...settings,
  }
  const flags = Object.entries(all).flatMap(([name, value]) => [`--${name}`, String(value)])
  // Its own group: a Ctrl-C in the terminal is for whoever started it, who stops it in order.
  const server = spawn(program, flags, { stdio: 'ignore', detached: true })
  await until(() => {
    if (server.exitCode !== null) throw new Error(`${program} ended with code ${server.exitCode}.`)
    return answers(port)
  }, START_MS_MAX)
  return server
}

async function answers(port: number): Promise<boolean> {
  const client = new Redis({
    port,
    host: '127.0.0.1',
    lazyConnect: true,
    retryStrategy: () => null,
    // The ready check waits a second before it asks a loading server again. The ping below asks at once.
    enableReadyCheck: false,
  })
  client.on('error', () => {}) // connect() rejects with the same error
  try {
    await client.connect()
    return (await client.ping()) === 'PONG'
  } catch {
    return false // not yet listening, or still loading its file
  } finally {
    client.disconnect()
  }
}

function hasEnded(server: ChildProcess): boolean {
  return server.exitCode !== null || server.signalCode !== null
}

async function ended(server: ChildProcess): Promise<void> {
  if (!hasEnded(server)) await once(server, 'exit')
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
