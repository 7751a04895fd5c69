// Runs tests with the servers that they need, and says what was left out.
// `npm test` runs the layers unit and integration; `npm run test:unit` and `npm run test:system` run one layer (test/layers.ts).
// `npm test -- PATH…` runs only the files at these paths.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../src/embedded-postgres/embedded-postgres.ts'
import { filesAt, filesOf, LAYERS, type Layer, needsDatabase, needsRedis, ROOT } from './layers.ts'
import { type NotRun, noteNotRun, notRunLine, readNotRun } from './not-run.ts'
import { findRedisServer, startRedisServer } from './redis-server.ts'
import { createTemplate, dropDatabase } from './stores.ts'

/** A test that takes longer hangs. */
const TEST_MS_MAX = 300_000
/** Tests within one file run side by side, and so do some files, each with its own connections. */
const CONNECTIONS_MAX = 300

/** How the files of a layer are run. */
const FLAGS: Record<Layer, string[]> = {
  // One process for all: to start one for each file takes longer than its tests.
  unit: ['--test-isolation=none'],
  // Tests often wait for a server, so one file more than there are cores keeps the cores busy.
  integration: [`--test-concurrency=${availableParallelism() + 1}`],
  // Each file keeps the machine busy by itself, and some measure time.
  system: ['--test-concurrency=1'],
}

const NO_REDIS: NotRun = {
  what: 'the tests that need Redis',
  why: 'no redis-server on PATH',
  required: true,
}

let running: ChildProcess | undefined
let isInterrupted = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The servers are stopped in order, after the tests have ended.
  process.on(signal, () => {
    isInterrupted = true
    running?.kill(signal)
  })
}

const folder = await mkdtemp(join(tmpdir(), 'playtrace-test-'))
const notRunFile = join(folder, 'not-run')
await writeFile(notRunFile, '')
const closers: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })]
try {
  const failed = await runAll(process.argv.slice(2))
  const left = readNotRun(notRunFile)
  for (const one of left) console.log(notRunLine(one))
  const requireAll = process.env['REQUIRE_ALL'] === '1' && left.some(({ required }) => required)
  if (requireAll) console.log('REQUIRE_ALL=1: something that must be run was not run')
  if (failed || requireAll) process.exitCode = 1
} finally {
  for (const close of closers.reverse()) await close()
}

/** @param args names of layers, or paths of files or folders; @returns whether something failed */
async function runAll(args: string[]): Promise<boolean> {
  const isLayer = (arg: string): arg is Layer => (LAYERS as readonly string[]).includes(arg)
  const layers = args.length === 0 ? (['unit', 'integration'] as const) : args.filter(isLayer)
  const files = args.filter((arg) => !isLayer(arg)).flatMap(filesAt)
  const runs = layers.map((layer) => ({ files: filesOf(layer), flags: FLAGS[layer] }))
  if (files.length > 0) runs.push({ files, flags: FLAGS.system })
  let failed = false
  for (const run of runs) failed = (await runTests(run.files, run.flags)) !== 0 || failed
  return failed
}

async function runTests(files: string[], flags: string[]): Promise<number> {
  const environment = await startServers(files)
  if (isInterrupted) return 1
  const allFlags = [
    '--test',
    ...flags,
    `--test-timeout=${TEST_MS_MAX}`,
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=./test/slow-files.ts',
    '--test-reporter-destination=stdout',
  ]
  const child = spawn(process.execPath, [...allFlags, ...files], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  })
  running = child
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}

/** @returns the environment that the tests of these files need */
async function startServers(files: string[]): Promise<Record<string, string>> {
  const environment: Record<string, string> = {
    TEST_NOT_RUN: notRunFile,
    // Most files load the same modules, each in its own process.
    NODE_COMPILE_CACHE: join(folder, 'compile-cache'),
  }
  if (files.some(needsDatabase)) {
    const url = process.env['TEST_DATABASE_URL'] ?? (await startDatabase())
    const template = `playtrace_template_${process.pid}`
    await createTemplate(url, template)
    closers.push(() => dropDatabase(url, template))
    Object.assign(environment, { TEST_DATABASE_URL: url, TEST_TEMPLATE: template })
  }
  if (files.some(needsRedis)) environment['TEST_REDIS_URL'] = process.env['TEST_REDIS_URL'] ?? (await startRedis())
  return environment
}

/** @returns the URL of a database that no test uses: tests create their own databases beside it */
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

/** @returns its URL; empty where there is no Redis, which is noted */
async function startRedis(): Promise<string> {
  const program = findRedisServer()
  if (!program) {
    noteNotRun(notRunFile, NO_REDIS)
    return ''
  }
  const server = await startRedisServer(program)
  closers.push(() => server.stop())
  return server.url
}
