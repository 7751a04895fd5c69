// `playtrace start`: the whole of Playtrace from one command. It prepares the data folder and the database, runs the API
// and the worker as child processes and keeps them running, and ends all of it in reverse order.
import { hostname } from 'node:os'
import { type Logger, pino } from 'pino'
import { type Config, ConfigError } from '../config.ts'
import { Lifecycle } from '../lifecycle.ts'
import { checkDurability } from './check-durability.ts'
import { keysFile, keysOf, openDataDir } from './data-dir.ts'
import { KEYS_BY_VARIABLE, prepareStores } from './migrate.ts'
import { originOf } from './origin.ts'
import { answerMetricsRequests } from './process-metrics.ts'
import { keepRunning } from './start/child-processes.ts'
import { claimPort } from './start/claim-port.ts'
import { keepEmbeddedDatabase } from './start/embedded-database.ts'
import { type EndOfRun, watchForEnd } from './start/end-of-run.ts'
import { greeting, type RunningSystem } from './start/greeting.ts'
import { lockDataDir } from './start/single-instance.ts'

/** By when, of the time for ending, the API has drained, then the worker, then the database: it is killed otherwise. */
const API_SHARE = 0.4
const WORKER_SHARE = 0.8
const DATABASE_SHARE = 0.9
/** After that, whatever hangs is left to the next start, which stops a database that it finds running. */
const GIVE_UP_MS = 10_000

/** Connections of the embedded database: for those who look into it, and for each process (a worker: 3 to write, 17 to
 * consume, 1 to listen, 4 to ask the queue; the API has fewer). */
const CONNECTIONS_BASE = 30
const CONNECTIONS_PER_PROCESS = 25

/**
 * Returns when it was told to end and everything has ended.
 * @param whenReady what is done once everything runs, until `end` is aborted
 */
export async function start(
  config: Config,
  whenReady: (system: RunningSystem, end: AbortSignal) => Promise<void> = greet,
): Promise<void> {
  // On a terminal, people read: they get the greeting, and what went wrong.
  const logLevel = process.env['LOG_LEVEL'] || !process.stdout.isTTY ? config.logLevel : 'warn'
  const log = pino({ level: logLevel, name: 'start' })
  const lifecycle = new Lifecycle()
  const end = watchForEnd(config.shutdownTimeoutMs)
  try {
    const system = await open({ ...config, logLevel }, lifecycle, end, log).catch((cause) => {
      // A step that failed after the end was asked for (Ctrl-C reaches initdb as well) did not fail.
      if (end.asked.aborted) return undefined
      log.debug(cause)
      throw cause instanceof ConfigError
        ? cause
        : new ConfigError(`Playtrace did not start. ${cause.message}`, { cause })
    })
    if (system) await Promise.race([whenReady(system, end.asked), end.wait()])
    await end.wait()
  } finally {
    setTimeout(() => process.exit(1), end.leftMs(1) + GIVE_UP_MS).unref()
    await lifecycle.close()
  }
}

async function open(
  config: Config,
  lifecycle: Lifecycle,
  end: EndOfRun,
  log: Logger,
): Promise<RunningSystem> {
  const dataDir = await claimDataDir(config, lifecycle)
  const port = await claimPort(config.host, config.port)
  const keys = await keysOf(config)
  end.asked.throwIfAborted()

  const databaseUrl =
    config.databaseUrl ?? (await openEmbeddedDatabase({ ...config, dataDir }, lifecycle, end, log))
  const queueUrl = config.queueUrl ?? databaseUrl
  end.asked.throwIfAborted()

  // Two machines on one database may each have generated keys: they must not take each other's out of force.
  const label = config.writeKey && config.adminKey ? KEYS_BY_VARIABLE : `generated on ${hostname()}`
  await prepareStores(databaseUrl, queueUrl, { write: keys.write_key, admin: keys.admin_key, label })
  await checkDurability(config, { databaseUrl, queueUrl }, log)
  end.asked.throwIfAborted()

  // The disk of a database elsewhere is not ours to see.
  const diskFreeBytesMin = config.databaseUrl ? 0 : config.diskFreeBytesMin
  const processes = { ...config, databaseUrl, queueUrl, port, diskFreeBytesMin }
  const started = runProcesses(processes, lifecycle, end, log)
  await Promise.race([started, end.wait()])
  end.asked.throwIfAborted()

  const keysAre = describeKeys(config, dataDir, keys.generated)
  return { origin: originOf(config.host, port), dataDir, keys, keysAre }
}

async function greet(system: RunningSystem): Promise<void> {
  console.log(greeting(system))
}

/** @returns the folder's real path, which is this process's until it ends */
async function claimDataDir(config: Config, lifecycle: Lifecycle): Promise<string> {
  const dataDir = await openDataDir(config.dataDir)
  const lock = await lockDataDir(dataDir)
  if (!lock.held) {
    throw new ConfigError(
      `Playtrace already runs on the data folder ${dataDir} (process ${lock.pid || 'unknown'}). ` +
        'A second one needs a folder and a port of its own: PLAYTRACE_DATA_DIR=.playtrace-2 PORT=3001 npm start',
    )
  }
  lifecycle.onClose('lock', lock.release)
  return dataDir
}

async function openEmbeddedDatabase(
  config: Config,
  lifecycle: Lifecycle,
  end: EndOfRun,
  log: Logger,
): Promise<string> {
  const { dataDir, apiProcesses, workerProcesses } = config
  const connectionsMax = CONNECTIONS_BASE + CONNECTIONS_PER_PROCESS * (apiProcesses + workerProcesses)
  const database = await keepEmbeddedDatabase({ dataDir, connectionsMax, log })
  lifecycle.onClose('database', () => database.stop(end.leftMs(DATABASE_SHARE)))
  return database.url
}

/** Opened in this order so that they end in the other: no new events, then the batches in hand. */
function runProcesses(config: Config, lifecycle: Lifecycle, end: EndOfRun, log: Logger): Promise<unknown> {
  answerMetricsRequests()
  const environment = {
    DATABASE_URL: config.databaseUrl,
    QUEUE_URL: config.queueUrl,
    PLAYTRACE_DATA_DIR: config.dataDir,
    HOST: config.host,
    PORT: String(config.port),
    LOG_LEVEL: config.logLevel,
    DISK_FREE_BYTES_MIN: String(config.diskFreeBytesMin ?? ''),
    // Several workers cannot all be asked there; the API answers for all processes.
    WORKER_PORT: '',
  }
  const endAsked = end.asked
  const worker = keepRunning({
    command: 'worker',
    processes: config.workerProcesses,
    environment,
    endAsked,
    log,
  })
  lifecycle.onClose('worker', () => worker.stop(end.leftMs(WORKER_SHARE)))
  const api = keepRunning({ command: 'api', processes: config.apiProcesses, environment, endAsked, log })
  lifecycle.onClose('api', () => api.stop(end.leftMs(API_SHARE)))
  return Promise.all([worker.started, api.started])
}

function describeKeys({ writeKey, adminKey }: Config, dataDir: string, generated: boolean): string {
  if (writeKey && adminKey) return 'from PLAYTRACE_WRITE_KEY and PLAYTRACE_ADMIN_KEY'
  return generated ? `generated now, and kept in ${keysFile(dataDir)}` : `kept in ${keysFile(dataDir)}`
}
