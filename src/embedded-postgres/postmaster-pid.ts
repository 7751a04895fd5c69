// postmaster.pid: PostgreSQL's note, in the data folder, of the server that runs on it; and what to do about a server that
// a killed start left behind.
import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

const POLL_MS = 50
/** How long a server that was left behind gets to write its buffers out, then to end at once. */
const FAST_SHUTDOWN_TIMEOUT_MS = 30_000
const IMMEDIATE_SHUTDOWN_TIMEOUT_MS = 10_000

export interface Postmaster {
  pid: number
  port: number
  /** It takes connections; before, it starts or recovers. */
  ready: boolean
}

export async function readPostmaster(dataFolder: string): Promise<Postmaster | undefined> {
  const text = await readFile(pidFile(dataFolder), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw new Error(`${pidFile(dataFolder)} cannot be read: does it belong to another user?`, {
      cause: error,
    })
  })
  // By line: pid, folder, start time, port, socket folder, address, shared memory, status. Written from top to bottom.
  const lines = text.split('\n')
  const [pid, port] = [Number(lines[0]), Number(lines[3])]
  return pid > 0 && port > 0 ? { pid, port, ready: lines[7]?.trim() === 'ready' } : undefined
}

/** The server that runs on the folder, if one does: not a pid that died, nor one that is another process by now. */
export async function runningPostmaster(dataFolder: string): Promise<Postmaster | undefined> {
  const postmaster = await readPostmaster(dataFolder)
  return postmaster && (await isServerOf(postmaster.pid, dataFolder)) ? postmaster : undefined
}

/** Two servers must never run on one folder, and one that nobody minds would be stopped by nobody. */
export async function stopLeftover(dataFolder: string): Promise<void> {
  const leftover = await runningPostmaster(dataFolder)
  if (!leftover) {
    // PostgreSQL believes a note whose pid is alive, whatever process that is now.
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
  throw new Error(
    `A PostgreSQL (pid ${leftover.pid}) still runs on ${dataFolder} and does not end: stop it by hand.`,
  )
}

/** @returns whether the condition came true in time */
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
      `A PostgreSQL (pid ${pid}) runs on the data folder and may not be stopped by this user.`,
      { cause },
    )
  }
}

/** A server is told by its command line, which names its folder: the pid alone may have become anybody's. */
async function isServerOf(pid: number, dataFolder: string): Promise<boolean> {
  const commandLine = await commandLineOf(pid)
  return commandLine.includes('postgres') && `${commandLine} `.includes(` -D ${dataFolder} `)
}

/** '' for a process that is not there. */
async function commandLineOf(pid: number): Promise<string> {
  try {
    if (process.platform === 'linux') {
      return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ')
    }
    const [program, args]: [string, string[]] =
      process.platform === 'win32'
        ? [
            'powershell',
            [
              '-NoProfile',
              '-Command',
              `(Get-CimInstance Win32_Process -Filter "ProcessId=${pid}").CommandLine`,
            ],
          ]
        : ['ps', ['-ww', '-o', 'command=', '-p', String(pid)]]
    return (await run(program, args)).stdout.trim().replaceAll('"', '')
  } catch {
    return ''
  }
}
