// The PostgreSQL that Playtrace brings along: the real server, from npm, on the loopback, with its data in a folder. Only
// the binaries are npm's; docs/decisions/0003 says why we start and stop them ourselves.
import { once } from 'node:events'
import { realpath } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { accountFor, give, runAs } from './account.ts'
import { findBinaries } from './binaries.ts'
import {
  initialise,
  isInitialised,
  passwordOf,
  SUPERUSER,
  serverFolder,
  storedPassword,
} from './data-folder.ts'
import { runningPostmaster, stopLeftover } from './postmaster-pid.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'
import { availableMemory, serverSettings } from './settings.ts'

const DATABASE = 'playtrace'
const CONNECTIONS_MAX = 60
const STOP_TIMEOUT_MS = 10_000
const CONNECT_TIMEOUT_MS = 5_000

/** What passes by itself: somebody else took the port, or the connections of a killed server are still ending. */
const PASSING = /could not bind|could not create any TCP|is still in use|lock file ".*" already exists/
const ATTEMPTS_MAX = 10
const RETRY_DELAY_MS = 500

export interface EmbeddedPostgres {
  url: string
  pid: number
  port: number
  /** A fast shutdown; when that takes longer, an immediate one, which loses nothing either. */
  stop(timeoutMs?: number): Promise<void>
}

interface Options {
  /** Exists; one process at a time may do this on it. */
  dataDir: string
  /** A free one where absent. */
  port?: number
  connectionsMax?: number
  /** The server ended, and not by `stop`. */
  onExit: (error: Error) => void
}

/** Takes connections when this returns. A server that a killed process left on the folder is stopped first. */
export async function startEmbeddedPostgres(options: Options): Promise<EmbeddedPostgres> {
  const dataDir = await realpath(options.dataDir)
  const folder = serverFolder(dataDir)
  const binaries = await findBinaries()
  const account = await accountFor(folder)
  const password = await passwordOf(dataDir)
  if (!(await isInitialised(dataDir))) await initialise(dataDir, binaries, account, password)
  await give(folder, account)
  const as = await runAs(account, folder, binaries.postgres)

  const { server, port } = await startPatiently(options.port, async (port) => {
    await stopLeftover(folder)
    const { connectionsMax = CONNECTIONS_MAX } = options
    const settings = serverSettings({ port, connectionsMax, memoryBytes: availableMemory() })
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const command = as([binaries.postgres, ['-D', folder, ...flags]])
    return startServerProcess({ dataDir, command, pg_ctl: binaries.pg_ctl })
  })
  let isStopping = false
  void server.ended.then((lastWords) => {
    if (!isStopping) options.onExit(new Error(`PostgreSQL ended; ${lastWords}`))
  })
  const stop = (timeoutMs = STOP_TIMEOUT_MS) => {
    isStopping = true
    return server.stop(timeoutMs)
  }

  try {
    await ensureDatabase(urlOf({ port, password, database: 'postgres' }))
  } catch (error) {
    await stop()
    throw error
  }
  return { url: urlOf({ port, password, database: DATABASE }), pid: server.pid, port, stop }
}

/** @returns the URL of the server that another process runs on the folder, if one does and takes connections */
export async function findEmbeddedPostgres(dataDir: string): Promise<string | undefined> {
  const path = await realpath(dataDir).catch(() => undefined)
  if (path === undefined) return undefined
  const password = await storedPassword(path)
  const postmaster = await runningPostmaster(serverFolder(path))
  if (!password || !postmaster?.ready) return undefined
  return urlOf({ port: postmaster.port, password, database: DATABASE })
}

async function startPatiently(
  wantedPort: number | undefined,
  start: (port: number) => Promise<ServerProcess>,
): Promise<{ server: ServerProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = wantedPort ?? (await freePort())
    try {
      return { server: await start(port), port }
    } catch (error) {
      if (attempt === ATTEMPTS_MAX || !PASSING.test((error as Error).message)) throw error
      await delay(RETRY_DELAY_MS)
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  await client.connect()
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE])
    if (rowCount === 0) await client.query(`create database ${DATABASE}`)
  } finally {
    await client.end()
  }
}

function urlOf({ port, password, database }: { port: number; password: string; database: string }): string {
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`
}
