// Runs one command of Playtrace in several child processes and restarts a child that dies. node:cluster forks them, so that
// the API's processes share one port, and a child whose parent was killed loses its channel and ends.
import cluster, { type Worker as Child } from 'node:cluster'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { VARIABLES } from '../../config.ts'
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

interface ChildOptions {
  environment: NodeJS.ProcessEnv
  /** When this is aborted, children that end are not restarted, because Ctrl-C reaches them too. */
  endAsked: AbortSignal
  log: Logger
}

export function runChildren(command: 'api' | 'worker', processes: number, options: ChildOptions) {
  const { endAsked, log } = options
  const stop = new AbortController()
  const childOptions = { ...options, endAsked: AbortSignal.any([stop.signal, endAsked]) }
  const children = Array.from({ length: processes }, () => runChild(command, childOptions))
  const started = Promise.all(children.map((one) => one.started))
  // A rejection must not count as unhandled before the caller awaits `started`.
  started.catch(() => undefined)
  return {
    /** Resolves when every child has reported that it started. Rejects when one does not start. */
    started,
    /** Sends SIGTERM so that the children drain, and kills those that still run after `timeoutMs`. */
    async stop(timeoutMs: number) {
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

function runChild(command: string, { environment, endAsked, log }: ChildOptions) {
  const started = Promise.withResolvers<void>()
  let child: Child
  let hasStarted = false

  const run = async () => {
    let delayMs: number | undefined
    for (let starts = 1; !endAsked.aborted; starts++) {
      const startedAt = Date.now()
      child = fork(command, environment)
      child.on('message', (message) => {
        if (message !== STARTED) return
        hasStarted = true
        started.resolve()
      })
      const how = await endOf(child)
      if (endAsked.aborted) return
      if (!hasStarted && starts >= FAILED_STARTS_MAX) {
        started.reject(
          new Error(
            `The ${command} process ended ${starts} times before it was ready (${how}). Its messages above say why.`,
          ),
        )
      }
      delayMs = restartDelayMs(delayMs, Date.now() - startedAt)
      log.error({ command, pid: child.process.pid, how, delayMs }, 'process ended; restarting it')
      await delay(delayMs, undefined, { signal: endAsked }).catch(() => undefined)
    }
  }
  return {
    started: started.promise,
    ended: run(),
    signal: (signal: NodeJS.Signals) => child.process.kill(signal),
  }
}

function fork(command: string, environment: NodeJS.ProcessEnv): Child {
  cluster.setupPrimary({ exec: PROGRAM, args: [command], execArgv: [...process.execArgv, ...MEMORY_FLAGS] })
  return cluster.fork({ ...withheld(process.env), ...MEMORY_ENVIRONMENT, ...environment })
}

/** What Node.js, the TLS library and the client of PostgreSQL read. */
const NEEDED = /^(PATH|HOME|USER|TZ|LANG|TMPDIR|SSL_CERT_FILE|SSL_CERT_DIR|(LC_|NODE_|UV_|PG)\w+)$/
/** The database has the hashes of these keys, so a child does not need them. */
const KEYS: string[] = ['PLAYTRACE_WRITE_KEY', 'PLAYTRACE_ADMIN_KEY']

/** The variables that a child does not get. cluster.fork passes on every other variable, and none that is undefined. */
function withheld(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isPassed = (name: string) => NEEDED.test(name) || (Object.hasOwn(VARIABLES, name) && !KEYS.includes(name))
  const names = Object.keys(environment).filter((name) => !isPassed(name))
  return Object.fromEntries(names.map((name) => [name, undefined]))
}

function endOf(child: Child): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
    // A process that could not be forked has no exit event.
    child.once('error', (error) => child.process.pid === undefined && resolve(error.message))
  })
}
