// Reads postmaster.pid, in which PostgreSQL notes the server that runs in a data folder, and stops a server that a killed
// process left running.
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { run } from './run-program.ts'
import { readIfExists } from './secret-file.ts'

const POLL_MS = 50
/** A fast shutdown writes all buffers to disk first. */
const FAST_SHUTDOWN_TIMEOUT_MS = 30_000
const IMMEDIATE_SHUTDOWN_TIMEOUT_MS = 10_000

export interface Postmaster {
  pid: number
  port: number
  /** The folder of its socket, or '' if it has none. */
  socketFolder: string
  /** Whether it accepts connections. Before that, it is starting or recovering. */
  ready: boolean
}

export async function readPostmaster(dataFolder: string): Promise<Postmaster | undefined> {
  // The lines are pid, folder, start time, port, socket folder, address, shared memory and status. The server writes them
  // in this order, so the last ones may be missing.
  const lines = (await readIfExists(pidFile(dataFolder)))?.split('\n') ?? []
  const [pid, port] = [Number(lines[0]), Number(lines[3])]
  const socketFolder = lines[4]?.trim() ?? ''
  return pid > 0 && port > 0 ? { pid, port, socketFolder, ready: lines[7]?.trim() === 'ready' } : undefined
}

/** @returns the server that runs in the folder; undefined if the pid has ended or belongs to another process by now */
export async function runningPostmaster(dataFolder: string): Promise<Postmaster | undefined> {
  const postmaster = await readPostmaster(dataFolder)
  return postmaster && (await isServerOf(postmaster.pid, dataFolder)) ? postmaster : undefined
}

/** Stops a server that was left running in the folder, because two servers must never run in one folder. */
export async function stopLeftover(dataFolder: string): Promise<void> {
  const leftover = await runningPostmaster(dataFolder)
  if (!leftover) {
    // PostgreSQL refuses to start if the pid in this file is alive, even if it belongs to another program now.
    await rm(pidFile(dataFolder), { force: true })
    return
  }
  const gone = async () => !(await isServerOf(leftover.pid, dataFolder))
  for (const [signal, timeoutMs] of [
    ['SIGINT', FAST_SHUTDOWN_TIMEOUT_MS],
    ['SIGQUIT', IMMEDIATE_SHUTDOWN_TIMEOUT_MS],
  ] as const) {
    signalProcess(leftover.pid, signal)
    if (await until(gone, timeoutMs)) return
  }
  throw new Error(`A PostgreSQL (pid ${leftover.pid}) runs in ${dataFolder} and did not stop. Stop it manually.`)
}

/** @returns whether the condition became true in time */
export async function until(condition: () => Promise<boolean>, timeoutMs: number): Promise<boolean> {
  for (const end = Date.now() + timeoutMs; Date.now() < end; await delay(POLL_MS)) {
    if (await condition()) return true
  }
  return condition()
}

function pidFile(dataFolder: string): string {
  return join(dataFolder, 'postmaster.pid')
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ESRCH') return
    throw new Error(
      `A PostgreSQL (pid ${pid}) runs in the data folder, and this user may not stop it. Stop it as its owner.`,
      { cause },
    )
  }
}

/** Recognises a server by the folder in its command line, because its pid may belong to another process by now. */
async function isServerOf(pid: number, dataFolder: string): Promise<boolean> {
  const commandLine = await commandLineOf(pid)
  return commandLine.includes('postgres') && `${commandLine} `.includes(` -D ${dataFolder} `)
}

/** @returns '' if the process does not exist */
async function commandLineOf(pid: number): Promise<string> {
  try {
    if (process.platform === 'linux') {
      return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ')
    }
    return (await run('ps', ['-ww', '-o', 'command=', '-p', String(pid)])).stdout.trim()
  } catch {
    return ''
  }
}
