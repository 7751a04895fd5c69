// Keeps a number of child processes running one command of Playtrace. They are forked through node:cluster: the API's
// processes share one port that way, and a child whose parent was killed loses its channel, and ends.
import cluster, { type Worker as Child } from 'node:cluster'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { MEMORY_ENVIRONMENT, MEMORY_FLAGS } from './memory-settings.ts'
import { restartDelayMs } from './restart-delay.ts'

/**
 * Each process accepts for itself. Node's default, where the parent accepts and hands over, spreads connections better, but
 * leaves a connection that it handed to a process just killed open for ever, without an answer.
 */
cluster.schedulingPolicy = cluster.SCHED_NONE

const PROGRAM = fileURLToPath(new URL('../../../bin/playtrace.ts', import.meta.url))
/** So many deaths before it ever worked are no accident: it is not going to start. */
const FAILED_STARTS_MAX = 3

const STARTED = 'playtrace:started'

/** In a child: it works now. Without a parent nobody hears. */
export function tellStarted(): void {
  process.send?.(STARTED)
}

export interface ChildProcesses {
  /** Resolves when every one of them has said that it works; rejects when one does not get there. */
  started: Promise<void>
  /** SIGTERM, which has them drain; what still runs after `timeoutMs` is killed. */
  stop(timeoutMs: number): Promise<void>
}

export function keepRunning({
  command,
  processes,
  environment,
  endAsked,
  log,
}: {
  command: 'api' | 'worker'
  processes: number
  environment: NodeJS.ProcessEnv
  /** From then on a child that ends was told to, by the Ctrl-C that reaches it as well, and is not started again. */
  endAsked: AbortSignal
  log: Logger
}): ChildProcesses {
  const stop = new AbortController()
  const stopping = AbortSignal.any([stop.signal, endAsked])
  const fork = () => {
    cluster.setupPrimary({ exec: PROGRAM, args: [command], execArgv: [...process.execArgv, ...MEMORY_FLAGS] })
    return cluster.fork({ ...MEMORY_ENVIRONMENT, ...environment })
  }
  const kept = Array.from({ length: processes }, () => keepOne({ command, fork, log, stopping }))
  const started = Promise.all(kept.map((one) => one.started)).then(() => undefined)
  // Told to whoever asks; until then it is no unhandled rejection.
  started.catch(() => undefined)
  return {
    started,
    async stop(timeoutMs) {
      stop.abort()
      for (const one of kept) one.signal('SIGTERM')
      const timer = setTimeout(() => {
        log.error({ command, timeoutMs }, 'drain took too long: killed')
        for (const one of kept) one.signal('SIGKILL')
      }, timeoutMs)
      await Promise.all(kept.map((one) => one.ended))
      clearTimeout(timer)
    },
  }
}

interface Kept {
  started: Promise<void>
  ended: Promise<void>
  signal(signal: NodeJS.Signals): void
}

function keepOne({
  command,
  fork,
  log,
  stopping,
}: {
  command: string
  fork: () => Child
  log: Logger
  stopping: AbortSignal
}): Kept {
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
        started.reject(new Error(`The ${command} process does not start: it ended ${starts} times (${how}).`))
      }
      delayMs = restartDelayMs(delayMs, Date.now() - startedAt)
      log.error({ command, pid: child.process.pid, how, delayMs }, 'process ended: starting it again')
      await delay(delayMs, undefined, { signal: stopping }).catch(() => undefined)
    }
  }
  return { started: started.promise, ended: run(), signal: (signal) => child.process.kill(signal) }
}

function endOf(child: Child): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
    // It could not even be forked; there is no exit then.
    child.once('error', (error) => child.process.pid === undefined && resolve(error.message))
  })
}
