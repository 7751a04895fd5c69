// A lock that allows one `playtrace start` per data folder. The kernel holds it and frees it when the process ends, even by
// `kill -9`. A lock file would remain, and the pid in it may belong to another process by then.
import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'

/** Any user of the machine can listen at the address of the lock, so only what looks like a pid is read and printed. */
const PID = /^\d{1,20}$/
const ANSWER_BYTES_MAX = 20

/** How long to wait for the pid from the holder of the lock, which may be stopped or busy. */
const ANSWER_MS_MAX = 1_000

export type Lock =
  | { held: true; release: () => Promise<void> }
  /** `pid` is the process that says it holds the lock, or '' if no process says so. */
  | { held: false; pid: string }

/** @param dataDir the real path of the folder, so that two spellings of it give the same lock */
export async function lockDataDir(dataDir: string): Promise<Lock> {
  const address = lockAddress(dataDir)
  let server = await listen(address)
  if (!server) {
    const pid = await askHolder(address)
    if (pid !== undefined || !isFile(address)) return { held: false, pid: pid ?? '' }
    // The process that held the lock has ended, and only its socket file is left.
    await rm(address, { force: true })
    server = await listen(address)
  }
  if (!server) return { held: false, pid: '' }
  const held = server
  return { held: true, release: () => new Promise((resolve) => held.close(() => resolve())) }
}

/** An abstract socket on Linux, and a socket file elsewhere. Paths of sockets must be short. */
function lockAddress(dataDir: string): string {
  const name = `playtrace-${createHash('sha256').update(dataDir).digest('hex').slice(0, 32)}`
  if (process.platform === 'linux') return `\0${name}`
  return join('/tmp', `${name}.sock`)
}

function isFile(address: string): boolean {
  return address.startsWith('/')
}

/** @returns undefined if the address is in use */
function listen(address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.on('error', () => socket.destroy()).end(String(process.pid)))
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen(address, () => resolve(server.unref()))
  })
}

/** @returns the pid of the holder, or undefined if no process listens at the address */
function askHolder(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(address)
    socket.setTimeout(ANSWER_MS_MAX, () => socket.destroy())
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
      if (answer.length > ANSWER_BYTES_MAX) socket.destroy()
    })
    socket.once('error', () => resolve(undefined))
    socket.once('close', () => resolve(PID.test(answer) ? answer : ''))
  })
}
