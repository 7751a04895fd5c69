// `playtrace start`: runs all of Playtrace. It prepares the data folder and the database, runs the API and the worker as
// child processes, restarts them when they die, and stops everything in reverse order.
import { hostname } from 'node:os'
import { type Logger, pino } from 'pino'
import { type Config, ConfigError } from '../config.ts'
import { Lifecycle } from '../lifecycle.ts'
import { checkDurability } from './check-durability.ts'
import { originOf } from './connections.ts'
import { keysFile, keysOf, openDataDir } from './data-dir.ts'
import { KEYS_BY_VARIABLE, prepareStores } from './migrate.ts'
import { answerMetricsRequests } from './process-metrics.ts'
import { keyVariables } from './shown-keys.ts'
import { runChildren } from './start/child-processes.ts'
import { claimPort } from './start/claim-port.ts'
import { superviseEmbeddedDatabase } from './start/embedded-database.ts'
import { type EndOfRun, watchForEnd } from './start/end-of-run.ts'
import { greeting, type RunningSystem } from './start/greeting.ts'
import { lockDataDir } from './start/single-instance.ts'

/** The API is killed if it has not drained within this share of the shutdown timeout. */
const API_SHARE = 0.4
/** The worker is killed if it has not drained within this share of the shutdown timeout. */
const WORKER_SHARE = 0.8
/** The database is killed if it has not stopped within this share of the shutdown timeout. */
const DATABASE_SHARE = 0.9
/** This long after the shutdown timeout, the process exits even if something hangs. The next start stops a leftover database. */
const GIVE_UP_MS = 10_000

/** Connections of the embedded database for psql and other tools. */
const CONNECTIONS_BASE = 30
/** The connections of one process besides those that variables limit: docs/deploy.md lists them. */
const API_CONNECTIONS = 6
const WORKER_CONNECTIONS = 10

interface StartHooks {
  /** Called when the schema and the first game exist, before anything listens. */
  whenMigrated?: ((databaseUrl: string) => Promise<void>) | undefined
  /** Called when everything runs. It must return when `end` is aborted. */
  whenReady: (system: RunningSystem, end: AbortSignal) => Promise<void> | void
}

/** Returns when everything has ended after a signal. */
export async function start(
  config: Config,
  { whenMigrated, whenReady }: StartHooks = { whenReady: (system) => console.log(greeting(system)) },
): Promise<void> {
  // A person at a terminal needs only the greeting and the problems.
  const logLevel = config.isLogLevelSet || !process.stdout.isTTY ? config.logLevel : 'warn'
  const log = pino({ level: logLevel, name: 'start' })
  const lifecycle = new Lifecycle()
  const end = watchForEnd(config.shutdownTimeoutMs, config.shutdownDelayMs)
  try {
    const system = await open({ ...config, logLevel }, { lifecycle, end, log, whenMigrated }).catch((cause) => {
      // An error after a signal is not a failure: Ctrl-C also ends initdb, for example.
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

interface Run extends Pick<StartHooks, 'whenMigrated'> {
  lifecycle: Lifecycle
  end: EndOfRun
  log: Logger
}

async function open(config: Config, run: Run): Promise<RunningSystem> {
  const { end } = run
  const dataDir = await claimDataDir(config, run)
  const port = await claimPort(config.host, config.port)
  const keys = await keysOf(config)
  end.asked.throwIfAborted()

  const databaseUrl = config.databaseUrl ?? (await openEmbeddedDatabase({ ...config, dataDir }, run))
  const queueUrl = config.queueUrl ?? databaseUrl
  end.asked.throwIfAborted()

  // Two machines on one database may each have generated keys. Each has its own label, so neither revokes the other's keys.
  const label = (given: string | undefined) => (given ? KEYS_BY_VARIABLE : `generated on ${hostname()}`)
  const labels = { write: label(config.writeKey), admin: label(config.adminKey) }
  // Before anything is written, because REQUIRE_DURABLE=1 may refuse.
  await checkDurability(config, { databaseUrl, queueUrl }, run.log)
  await prepareStores(databaseUrl, queueUrl, { write: keys.write_key, admin: keys.admin_key, labels })
  await run.whenMigrated?.(databaseUrl)
  end.asked.throwIfAborted()

  // Free disk space can be measured only for the embedded database.
  const diskFreeBytesMin = config.databaseUrl ? 0 : config.diskFreeBytesMin
  const processes = { ...config, databaseUrl, queueUrl, port, diskFreeBytesMin }
  const started = runProcesses(processes, run)
  await Promise.race([started, end.wait()])
  end.asked.throwIfAborted()

  const variables = keyVariables(config)
  const inFile = `${keys.generated ? 'generated and stored in' : 'from'} ${keysFile(dataDir)}`
  const keysOrigin = variables.write && variables.admin ? '' : inFile
  return { origin: originOf(config.host, port), dataDir, keys, keyVariables: variables, keysOrigin }
}

/** @returns the real path of the folder, which stays locked until this process ends */
async function claimDataDir(config: Config, { lifecycle }: Run): Promise<string> {
  const dataDir = await openDataDir(config.dataDir)
  const lock = await lockDataDir(dataDir)
  if (!lock.held) {
    throw new ConfigError(
      `Playtrace already runs on the data folder ${dataDir} (process ${lock.pid || 'unknown'}). ` +
        'To run a second one, set another folder and port, such as PLAYTRACE_DATA_DIR=.playtrace-2 and PORT=3001.',
    )
  }
  lifecycle.onClose('lock', lock.release)
  return dataDir
}

async function openEmbeddedDatabase(config: Config, { lifecycle, end, log }: Run): Promise<string> {
  const { dataDir, apiProcesses, workerProcesses, queueConnectionsMax } = config
  const ofApi = config.apiDatabaseConnectionsMax + queueConnectionsMax + API_CONNECTIONS
  const ofWorker = config.workerDatabaseConnectionsMax + queueConnectionsMax + WORKER_CONNECTIONS
  const connectionsMax = CONNECTIONS_BASE + apiProcesses * ofApi + workerProcesses * ofWorker
  const database = await superviseEmbeddedDatabase({ dataDir, connectionsMax, port: config.embeddedPostgresPort }, log)
  lifecycle.onClose('database', () => database.stop(end.leftMs(DATABASE_SHARE)))
  return database.url
}

/** The worker starts first so that it ends last: the API stops accepting events, then the worker finishes its batches. */
function runProcesses(config: Config, { lifecycle, end, log }: Run): Promise<unknown> {
  answerMetricsRequests()
  const environment = {
    DATABASE_URL: config.databaseUrl,
    QUEUE_URL: config.queueUrl,
    PLAYTRACE_DATA_DIR: config.dataDir,
    HOST: config.host,
    PORT: String(config.port),
    LOG_LEVEL: config.logLevel,
    DISK_FREE_BYTES_MIN: String(config.diskFreeBytesMin ?? ''),
    // Several workers cannot share one port. The API shows the metrics of all processes.
    WORKER_PORT: '',
  }
  const options = { environment, endAsked: end.asked, log }
  const worker = runChildren('worker', config.workerProcesses, options)
  lifecycle.onClose('worker', () => worker.stop(end.leftMs(WORKER_SHARE)))
  const api = runChildren('api', config.apiProcesses, options)
  lifecycle.onClose('api', () => api.stop(end.leftMs(API_SHARE)))
  return Promise.all([worker.started, api.started])
}
