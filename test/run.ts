// `npm test`: starts the servers that the suite needs, runs it, stops them, and says what was left out.
// `npm test -- FILE…` runs only those files.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../src/embedded-postgres/embedded-postgres.ts'
import { type NotRun, notRunLine, readNotRun } from './not-run.ts'
import { findRedisServer, startRedisServer } from './redis-server.ts'
import { createTemplate, dropDatabase } from './stores.ts'

const ALL_FILES = ['bench/**/*.test.ts', 'bin/**/*.test.ts', 'src/**/*.test.ts', 'test/**/*.test.ts']
/** One test may take so long; more is a hang. */
const TEST_MS_MAX = 300_000
/** Tests within one file run side by side, each with connections of its own. */
const CONNECTIONS_MAX = 300

const NO_REDIS: NotRun = {
  what: 'the Redis half of the queue suite',
  why: 'no redis-server on PATH',
  required: true,
}

const folder = await mkdtemp(join(tmpdir(), 'playtrace-test-'))
const notRunFile = join(folder, 'not-run')
await writeFile(notRunFile, '')
const closers: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })]
try {
  const template = `playtrace_template_${process.pid}`
  const databaseUrl = process.env['TEST_DATABASE_URL'] ?? (await startDatabase())
  await createTemplate(databaseUrl, template)
  closers.push(() => dropDatabase(databaseUrl, template))
  const redisUrl = process.env['TEST_REDIS_URL'] ?? (await startRedis())
  const code = await runTests(process.argv.slice(2), {
    TEST_DATABASE_URL: databaseUrl,
    TEST_TEMPLATE: template,
    TEST_REDIS_URL: redisUrl ?? '',
    TEST_NOT_RUN: notRunFile,
  })
  const left = readNotRun(notRunFile)
  if (!redisUrl) left.push(NO_REDIS)
  for (const one of left) console.log(notRunLine(one))
  const requireAll = process.env['REQUIRE_ALL'] === '1' && left.some(({ required }) => required)
  if (requireAll) console.log('REQUIRE_ALL=1: something that must be run was not')
  process.exitCode = requireAll ? code || 1 : code
} finally {
  for (const close of closers.reverse()) await close()
}

/** @returns the URL of a server's database that no test touches: tests make their own beside it */
async function startDatabase(): Promise<string> {
  const dataDir = join(folder, 'postgres')
  await mkdir(dataDir)
  const onExit = (error: Error) => {
    console.error(`the suite's PostgreSQL ended: ${error.message}`)
    process.exitCode = 1
  }
  const server = await startEmbeddedPostgres({ dataDir, connectionsMax: CONNECTIONS_MAX, onExit })
  closers.push(() => server.stop())
  return server.url
}

async function startRedis(): Promise<string | undefined> {
  const program = findRedisServer()
  if (!program) return undefined
  const server = await startRedisServer(program)
  closers.push(() => server.stop())
  return server.url
}

/** One file after another: each keeps the machine busy by itself. */
async function runTests(files: string[], environment: Record<string, string>): Promise<number> {
  const flags = [
    '--test',
    '--test-concurrency=1',
    '--test-reporter=spec',
    `--test-timeout=${TEST_MS_MAX}`,
    ...(files.length > 0 ? files : ALL_FILES),
  ]
  const env = { ...process.env, ...environment }
  const child = spawn(process.execPath, flags, { stdio: 'inherit', env })
  // Ctrl-C reaches the child by itself; here it only must not end the servers before the child has ended.
  const forward = (signal: NodeJS.Signals) => child.kill(signal)
  process.on('SIGINT', forward).on('SIGTERM', forward)
  const [code] = (await once(child, 'exit')) as [number | null]
  process.off('SIGINT', forward).off('SIGTERM', forward)
  return code ?? 1
}
