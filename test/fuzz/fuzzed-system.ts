// A database, an API process and a worker process of the fuzzer's own, with a look at the API's memory.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { prepareStores } from '../../src/commands/migrate.ts'
import { MEMORY_ENVIRONMENT, MEMORY_FLAGS } from '../../src/commands/start/memory-settings.ts'
import { newKey } from '../../src/contract/key.ts'
import { startEmbeddedPostgres } from '../../src/embedded-postgres/embedded-postgres.ts'
import { openBullmqQueue } from '../../src/queue/bullmq-queue.ts'
import { openDatabase } from '../../src/storage/postgres/database.ts'
import { freePort } from '../redis-server.ts'
import { until } from '../until.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/playtrace.ts', import.meta.url))
const START_TIMEOUT_MS = 60_000
/** All of it comes from one address, with one key. */
const NO_LIMITS = { RATE_LIMIT_PER_ADDRESS: '0', RATE_LIMIT_PER_KEY: '0' }

interface Outcome {
  stored: number
  /** Events that had been stored before, by the worker's metric. */
  repeated: number
  refused: number
  dead_letters: number
}

export interface FuzzedSystem {
  url: string
  writeKey: string
  apiRssMib(): Promise<number>
  /** Neither process has ended. */
  running(): boolean
  /** Every batch was written. */
  drained(): Promise<boolean>
  outcome(): Promise<Outcome>
  close(): Promise<void>
}

export async function startFuzzedSystem(): Promise<FuzzedSystem> {
  const dataDir = await mkdtemp(join(tmpdir(), 'playtrace-fuzz-'))
  const server = await startEmbeddedPostgres({ dataDir, onExit: (error) => console.error(error) })
  const writeKey = newKey('write')
  const labels = { write: 'fuzz', admin: 'fuzz' }
  await prepareStores(server.url, server.url, { write: writeKey, admin: newKey('admin'), labels })
  const port = await freePort()
  const workerPort = await freePort()
  const { PATH, HOME } = process.env
  const env = {
    PATH,
    HOME,
    LOG_LEVEL: 'error',
    DATABASE_URL: server.url,
    PORT: String(port),
    WORKER_PORT: String(workerPort),
    ...NO_LIMITS,
    ...MEMORY_ENVIRONMENT,
  }
  const run = (command: string) =>
    spawn(process.execPath, [...MEMORY_FLAGS, PROGRAM, command], { env, stdio: ['ignore', 2, 2] })
  const [api, worker] = [run('api'), run('worker')]
  const url = `http://127.0.0.1:${port}`
  const answers = () =>
    fetch(`${url}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    )
  await until(answers, START_TIMEOUT_MS)
  const reportError = (error: Error) => console.error(error)
  const queue = await openBullmqQueue(server.url, reportError)
  const database = openDatabase(server.url, { name: 'fuzz', connectionsMax: 2, reportError })

  return {
    url,
    writeKey,
    apiRssMib: () => rssMib(api),
    running: () => api.exitCode === null && worker.exitCode === null && !api.signalCode && !worker.signalCode,
    async drained() {
      const { waiting, active, delayed } = await queue.counts()
      return waiting + active + delayed === 0
    },
    async outcome() {
      const { rows } = await database.query(
        `select (select count(*)::int from playtrace.events) stored,
           (select count(*)::int from playtrace.rejected_events where reason = 'refused_by_database') refused`,
      )
      const metrics = await (await fetch(`http://127.0.0.1:${workerPort}/metrics`)).text()
      const repeated = Number(/^playtrace_events_repeated_total (\d+)$/m.exec(metrics)?.[1])
      return { ...rows[0], repeated, dead_letters: (await queue.counts()).dead_letters }
    },
    async close() {
      await queue.close()
      await database.end()
      await Promise.all([api, worker].map(end))
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

/** By ps, which every Unix has; 0 once the process has ended. */
async function rssMib({ pid }: ChildProcess): Promise<number> {
  const ps = promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])
  return ps.then(
    ({ stdout }) => Math.round(Number(stdout) / 1024),
    () => 0,
  )
}
