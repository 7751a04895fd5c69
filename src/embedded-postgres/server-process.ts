// One PostgreSQL server process: starts it, waits until it is ready, and stops it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { Command } from './account.ts'
import { logFile, openLog, serverFolder } from './data-folder.ts'
import { readPostmaster, until } from './postmaster-pid.ts'
import { serverEnvironment } from './run-program.ts'

/** After a power cut, the server first replays up to 2 GB of its write-ahead log. */
const START_TIMEOUT_MS = 300_000
const IMMEDIATE_SHUTDOWN_TIMEOUT_MS = 1_000
const LOG_LINES_SHOWN = 12

/** @throws an error with the end of the log if the process ends before it is ready */
export async function startServerProcess(dataDir: string, command: Command) {
  const log = await openLog(dataDir)
  const logStart = (await log.stat()).size
  // In a session of its own, because Ctrl-C in a terminal would otherwise stop it before the API and the worker have drained.
  const child = spawn(...command, {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: serverEnvironment(),
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await once(child, 'spawn').finally(() => log.close())
  /** Resolves when the process has ended for any reason, with a sentence that shows the end of its log. */
  const ended = exited.then(() => logSince(dataDir, logStart))

  const folder = serverFolder(dataDir)
  const hasEnded = async () => child.exitCode !== null || child.signalCode !== null
  const isReady = async () => {
    const postmaster = await readPostmaster(folder)
    return postmaster?.pid === child.pid && postmaster?.ready === true
  }
  /** Tries a fast shutdown (closes connections, writes buffers), then an immediate one (the next start recovers), then a kill. */
  const stop = async (timeoutMs: number) => {
    if (await hasEnded()) return
    child.kill('SIGINT')
    if (await until(hasEnded, timeoutMs)) return
    child.kill('SIGQUIT')
    if (await until(hasEnded, IMMEDIATE_SHUTDOWN_TIMEOUT_MS)) return
    child.kill('SIGKILL')
    await exited
  }

  const settled = await until(async () => (await hasEnded()) || (await isReady()), START_TIMEOUT_MS)
  if (await hasEnded()) throw new Error(`PostgreSQL ended while it was starting. ${await ended}`)
  if (!settled) {
    await stop(IMMEDIATE_SHUTDOWN_TIMEOUT_MS)
    throw new Error(`PostgreSQL was not ready after ${START_TIMEOUT_MS / 1000} s. ${await ended}`)
  }
  return { pid: child.pid as number, ended, stop }
}

async function logSince(dataDir: string, start: number): Promise<string> {
  const log = await readFile(logFile(dataDir)).catch(() => Buffer.alloc(0))
  const lines = log.subarray(start).toString().trim().split('\n').slice(-LOG_LINES_SHOWN)
  return `Its log ${logFile(dataDir)} ends with:\n${lines.join('\n')}`
}
