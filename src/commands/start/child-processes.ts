// Runs one command of Playtrace in several child processes and restarts a child that dies. node:cluster forks them, so that
// the API's processes share one port, and a child whose parent was killed loses its channel and ends.
import cluster, { type Worker as Child } from 'node:cluster'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { MEMORY_ENVIRONMENT, MEMORY_FLAGS } from './memory-settings.ts'
import { restartDelayMs } from './restart-delay.ts'

/**
 * Each process accepts its own connections. By default, the parent accepts them and passes them on, which spreads them
 * better. But a connection that it passes to a process that was just killed stays open for ever, without an answer.
 */
cluster.schedulingPolicy = cluster.SCHED_NONE

const PROGRAM = fileURLToPath(new URL('../../../bin/playtrace.ts', import.meta.url))
/** If a child ends this many times before it has started once, `started` rejects. */
const FAILED_STARTS_MAX = 3

const STARTED = 'playtrace:started'

/** Reports to the parent that this child has started. Does nothing in a process without a parent. */
export function reportStarted(): void {
  process.send?.(STARTED)
}

export interface ChildProcesses {
  /** Resolves when every child has reported that it started. Rejects when one does not start. */
  started: Promise<void>
  /** Sends SIGTERM so that the children drain, and kills those that still run after `timeoutMs`. */
  stop(timeoutMs: number): Promise<void>
}

export function runChildren({
  command,
  processes,
  environment,
  endAsked,
  log,
}: {
  command: 'api' | 'worker'
  processes: number
  environment: NodeJS.ProcessEnv
  /** When this is aborted, children that end are not restarted, because Ctrl-C reaches them too. */
  endAsked: AbortSignal
  log: Logger
}): ChildProcesses {
  const stop = new AbortController()
  const stopping = AbortSignal.any([stop.signal, endAsked])
  const fork = () => {
    cluster.setupPrimary({ exec: PROGRAM, args: [command], execArgv: [...process.execArgv, ...MEMORY_FLAGS] })
    return cluster.fork({ ...MEMORY_ENVIRONMENT, ...environment })
  }
  const children = Array.from({ length: processes }, () => runChild({ command, fork, log, stopping }))
  const started = Promise.all(children.map((one) => one.started)).then(() => undefined)
  // A rejection must not count as unhandled before the caller awaits `started`.
  started.catch(() => undefined)
  return {
    started,
    async stop(timeoutMs) {
      stop.abort()
      for (const one of children) one.signal('SIGTERM')
      const timer = setTimeout(() => {
        log.error({ command, timeoutMs }, 'drain took too long; killing the processes')
        for (const one of children) one.signal('SIGKILL')
      }, timeoutMs)
      await Promise.all(children.map((one) => one.ended))
      clearTimeout(timer)
    },
  }
}

interface RunningChild {
  started: Promise<void>
  ended: Promise<void>
  signal(signal: NodeJS.Signals): void
}

function runChild({
  command,
  fork,
  log,
  stopping,
}: {
  command: string
  fork: () => Child
  log: Logger
  stopping: AbortSignal
}): RunningChild {
  const started = Promise.withResolvers<void>()
  let child: Child
  let hasStarted = false

  const run = async () => {
    let delayMs: number | undefined
    for (let starts = 1; !stopping.aborted; starts++) {
      const startedAt = Date.now()
      child = fork()
      child.on('message', (message) => {
        if (message !== STARTED) return
        hasStarted = true
        started.resolve()
      })
      const how = await endOf(child)
      if (stopping.aborted) return
      if (!hasStarted && starts >= FAILED_STARTS_MAX) {
        started.reject(new Error(`The ${command} process ended ${starts} times before it started (${how}).`))
      }
      delayMs = restartDelayMs(delayMs, Date.now() - startedAt)
      log.error({ command, pid: child.process.pid, how, delayMs }, 'process ended; restarting it')
      await delay(delayMs, undefined, { signal: stopping }).catch(() => undefined)
    }
  }
  return { started: started.promise, ended: run(), signal: (signal) => child.process.kill(signal) }
}

function endOf(child: Child): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
    // A process that could not be forked has no exit event.
    child.once('error', (error) => child.process.pid === undefined && resolve(error.message))
  })
}
