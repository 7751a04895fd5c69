// `playtrace start` as a child process, and the processes that it runs: what tests and the chaos run share.
import { type ChildProcess, execFile, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { until } from '../until.ts'

export const PROGRAM = fileURLToPath(new URL('../../bin/playtrace.ts', import.meta.url))
const START_TIMEOUT_MS = 60_000

/**
 * Returns when it is ready.
 * @param detached a Ctrl-C in the terminal does not reach it: whoever launched it stops it
 * @throws with what it printed, where it ended before
 */
export async function launchStart(env: NodeJS.ProcessEnv, detached = false): Promise<ChildProcess> {
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe']
  const parent = spawn(process.execPath, [PROGRAM, 'start'], { env, detached, stdio })
  const output = collect(parent)
  try {
    await until(() => {
      if (parent.exitCode !== null) throw new Error(`start ended with ${parent.exitCode}: ${output()}`)
      return output().includes('Playtrace is ready')
    }, START_TIMEOUT_MS)
    return parent
  } catch (error) {
    await stop(parent)
    throw error
  }
}

export async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal)
    await once(child, 'exit')
  }
  return child.exitCode
}

/** @returns what the child has printed so far, from its first line on */
export function collect(child: ChildProcess): () => string {
  let text = ''
  child.stdout?.on('data', (chunk) => {
    text += chunk
  })
  child.stderr?.on('data', (chunk) => {
    text += chunk
  })
  return () => text
}

/** What the machine has set for Playtrace must not reach the test. */
export function bareEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env
  return { PATH, HOME, LOG_LEVEL: 'warn' }
}

interface RunningProcess {
  pid: number
  args: string[]
}

export function childrenOf(parentPid: number): Promise<RunningProcess[]> {
  // From /proc where there is one: a machine with nothing but Node need not have `ps`.
  return process.platform === 'linux' ? childrenByProc(parentPid) : childrenByPs(parentPid)
}

async function childrenByProc(parentPid: number): Promise<RunningProcess[]> {
  const pids = (await readFile(`/proc/${parentPid}/task/${parentPid}/children`, 'utf8')).split(' ').filter(Boolean)
  const children = pids.map(async (pid) => {
    // It may have ended since.
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    return { pid: Number(pid), args: commandLine.split('\0').filter(Boolean) }
  })
  return Promise.all(children)
}

async function childrenByPs(parentPid: number): Promise<RunningProcess[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,args='])
  return stdout
    .split('\n')
    .map((text) => text.trim().split(/\s+/))
    .filter(([, parent]) => Number(parent) === parentPid)
    .map(([pid, , ...args]) => ({ pid: Number(pid), args }))
}

/** The processes that `start` runs of one command; there may be none while it starts one again. */
export async function processesOf(parent: ChildProcess, command: 'api' | 'worker'): Promise<number[]> {
  const children = await childrenOf(parent.pid as number)
  return children.filter(({ args }) => args.at(-1) === command).map(({ pid }) => pid)
}
