// One `playtrace start` a data folder. The lock is a name that the kernel holds for this process and frees when it ends,
// however it ends: a lock file would outlive a `kill -9`, and its pid may be somebody else's by then.
import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'

/** How long a holder that does not answer is waited for: it may be stopped, or busy. */
const ANSWER_MS_MAX = 1_000

export type Lock =
  | { held: true; release: () => Promise<void> }
  /** `pid` is what the process that has the lock says of itself; '' if it says nothing. */
  | { held: false; pid: string }

/** @param dataDir its real path: two spellings of one folder are one lock */
export async function lockDataDir(dataDir: string): Promise<Lock> {
  const address = lockAddress(dataDir)
  let server = await listen(address)
  if (!server) {
    const pid = await askHolder(address)
    if (pid !== undefined || !isFile(address)) return { held: false, pid: pid ?? '' }
    // Only a file is left of whoever had it.
    await rm(address, { force: true })
    server = await listen(address)
  }
  if (!server) return { held: false, pid: '' }
  const held = server
  return { held: true, release: () => new Promise((resolve) => held.close(() => resolve())) }
}

/** On Linux a name without a file, on Windows a pipe; elsewhere a socket's file, under a path that is short enough. */
function lockAddress(dataDir: string): string {
  const name = `playtrace-${createHash('sha256').update(dataDir).digest('hex').slice(0, 32)}`
  if (process.platform === 'linux') return `\0${name}`
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`
  return join('/tmp', `${name}.sock`)
}

function isFile(address: string): boolean {
  return address.startsWith('/')
}

/** @returns undefined where the address is taken */
function listen(address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) =>
      socket.on('error', () => socket.destroy()).end(String(process.pid)),
    )
    server.once('error', (error: NodeJS.ErrnoException) => {
      // Windows says "access denied" for a pipe that exists.
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined)
      else reject(error)
    })
    server.listen(address, () => resolve(server.unref()))
  })
}

/** @returns undefined where nobody is there */
function askHolder(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(address)
    socket.setTimeout(ANSWER_MS_MAX, () => socket.destroy())
    socket.on('data', (chunk) => {
      answer += chunk.toString()
    })
    socket.once('error', () => resolve(undefined))
    socket.once('close', () => resolve(answer))
  })
}
