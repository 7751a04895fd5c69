// `playtrace start` as a person runs it, in processes of its own: its greeting, a second one beside it, and what it makes
// of kills.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { storedKeys } from '../../src/commands/data-dir.ts'
import { findEmbeddedPostgres } from '../../src/embedded-postgres/embedded-postgres.ts'
import { readPostmaster, stopLeftover } from '../../src/embedded-postgres/postmaster-pid.ts'
import { until } from '../until.ts'
import { withClient } from '../with-client.ts'
import { collect, PROGRAM } from './launch.ts'

const ANSWER_MS_MAX = 20_000

interface Run {
  process: ChildProcess
  /** All that it and its children have written so far. */
  output: () => string
  ended: Promise<{ code: number | null; output: string }>
}

/** A data folder, and `start` on it; whatever still runs on it when the test ends is stopped. */
async function newFolder(t: TestContext) {
  const dataDir = await mkdtemp(join(tmpdir(), 'playtrace-start-'))
  const runs: Run[] = []
  t.after(async () => {
    for (const run of runs) run.process.kill('SIGTERM')
    await Promise.all(runs.map((run) => run.ended))
    await stopLeftover(join(dataDir, 'postgres'))
    await rm(dataDir, { recursive: true, force: true })
  })
  const start = (environment: NodeJS.ProcessEnv = {}): Run => {
    const child = spawn(process.execPath, [PROGRAM, 'start'], {
      env: { PATH: process.env['PATH'], PLAYTRACE_DATA_DIR: dataDir, PORT: '0', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const output = collect(child)
    const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, output: output() }))
    const run = { process: child, output, ended }
    runs.push(run)
    return run
  }
  return { dataDir, start }
}

async function ready(run: Run): Promise<string> {
  return until(() => {
    assert.equal(run.process.exitCode, null, run.output())
    return run.output().match(/API +(http:\S+)/)?.[1]
  }, 60_000)
}

/** What a shell would make of the greeting's nth curl line. */
async function paste(run: Run, nth: number): Promise<unknown> {
  const line = run.output().match(/curl .*/g)?.[nth] ?? ''
  const url = line.match(/http:\S+/)?.[0] ?? ''
  const headers = [...line.matchAll(/-H '(.*?): (.*?)'/g)].map(([, name = '', value = '']) => [name, value] as const)
  const body = line.match(/-d '(.*?)'/)?.[1]
  const request = body ? { method: 'POST', headers, body } : { headers }
  return (await fetch(url, request as RequestInit)).json()
}

async function accepted(origin: string, key: string): Promise<boolean> {
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' }
  const body = '{"name":"level_complete","player_id":"player-1"}'
  const signal = AbortSignal.timeout(ANSWER_MS_MAX)
  const answer = await fetch(`${origin}/v1/events`, { method: 'POST', headers, body, signal }).catch((error) => {
    // A process that was killed may refuse a connection. It must not leave a connection without an answer.
    if (error.name === 'TimeoutError') throw error
    return undefined
  })
  return answer?.status === 202
}

const query = (url: string, sql: string): Promise<unknown> =>
  withClient(url, async (client) => Object.values((await client.query(sql)).rows[0])[0])

const countEvents = (url: string) => query(url, 'select count(*)::int from playtrace.events')

/** @returns 0 before the first line of its log */
function pidOf(run: Run, name: 'api' | 'worker'): number {
  return Number(run.output().match(new RegExp(`.*"pid":(\\d+).*"name":"${name}"`))?.[1] ?? 0)
}

test('greets with lines that work when pasted, and ends everything on SIGTERM', async (t) => {
  const { dataDir, start } = await newFolder(t)
  const run = start()
  await ready(run)
  assert.match(run.output(), /generated and stored in .*keys\.json/)
  assert.deepEqual(await paste(run, 0), { accepted: 1, rejected: [] })
  await until(async () => JSON.stringify(await paste(run, 1)).includes('level_complete'))

  const url = (await findEmbeddedPostgres(dataDir)) ?? ''
  const workerPid = pidOf(run, 'worker')
  run.process.kill('SIGTERM')
  process.kill(workerPid, 'SIGTERM') // as a Ctrl-C reaches everything at once
  const { code, output } = await run.ended
  assert.equal(code, 0, output)
  assert.doesNotMatch(output, /starting it again|took too long/)
  await assert.rejects(query(url, 'select 1'), { code: 'ENOENT' })
  assert.match(await readFile(join(dataDir, 'postgres.log'), 'utf8'), /database system is shut down\n$/)
})

test('a folder or a port that is in use is refused, and its user is not disturbed', async (t) => {
  const { dataDir, start } = await newFolder(t)
  const other = await newFolder(t)
  const run = start()
  const origin = await ready(run)

  const sameFolder = await start().ended
  assert.equal(sameFolder.code, 1)
  assert.match(
    sameFolder.output,
    new RegExp(`already runs on the data folder ${dataDir} \\(process ${run.process.pid}\\)`),
  )
  const samePort = await other.start({ PORT: new URL(origin).port }).ended
  assert.equal(samePort.code, 1)
  assert.match(samePort.output, /Port \d+ is in use by another program.*PORT=\d+\./)
  assert.deepEqual(await paste(run, 0), { accepted: 1, rejected: [] })
})

test('of two simultaneous starts, one runs', async (t) => {
  const { start } = await newFolder(t)
  const runs = [start(), start()] as const
  const refused = await Promise.race(runs.map(({ ended }) => ended))
  assert.equal(refused.code, 1)
  assert.match(refused.output, /already runs on the data folder/)
  await ready(runs.find(({ process }) => process.exitCode === null) ?? runs[0])
})

test('a database that does not answer is an error that ends the start', async (t) => {
  const { start } = await newFolder(t)
  const { code, output } = await start({ DATABASE_URL: 'postgres://nobody:nothing@127.0.0.1:1/none' }).ended
  assert.equal(code, 1)
  assert.match(output, /^Cannot use the database: connect ECONNREFUSED 127\.0\.0\.1:1\. Check DATABASE_URL\.\n$/)
})

describe('a queue elsewhere that is not there is said, and ends the start', { concurrency: true }, () => {
  for (const [url, sentence] of [
    ['redis://127.0.0.1:1', /^Cannot connect to the queue: connect ECONNREFUSED 127\.0\.0\.1:1\. Check QUEUE_URL\.\n$/],
    [
      'postgres://127.0.0.1:1/none',
      /^Cannot use the queue: connect ECONNREFUSED 127\.0\.0\.1:1\. Check QUEUE_URL\.\n$/,
    ],
  ] as const) {
    test(url, async (t) => {
      const { start } = await newFolder(t)
      const { code, output } = await start({ QUEUE_URL: url, LOG_LEVEL: 'silent' }).ended
      assert.equal(code, 1)
      assert.match(output, sentence)
    })
  }
})

// Both wait for the lock of a killed worker's batches to run out: they can wait together.
describe('kill -9', { concurrency: true }, () => {
  test('a killed API, worker or database is started again', async (t) => {
    const { dataDir, start } = await newFolder(t)
    const run = start()
    const origin = await ready(run)
    const key = (await storedKeys(dataDir))?.write_key ?? ''
    await until(() => pidOf(run, 'worker') > 0 && pidOf(run, 'api') > 0)
    const database = await readPostmaster(join(dataDir, 'postgres'))
    for (const pid of [pidOf(run, 'api'), pidOf(run, 'worker'), database?.pid]) {
      process.kill(pid as number, 'SIGKILL')
      await until(() => accepted(origin, key), 30_000)
    }
    const url = await until(() => findEmbeddedPostgres(dataDir))
    await until(async () => (await countEvents(url)) === 3, 30_000)
  })

  test('killed itself, it takes API and worker with it; the next one stops the database and finds the data', async (t) => {
    const { dataDir, start } = await newFolder(t)
    const first = start()
    const origin = await ready(first)
    const key = (await storedKeys(dataDir))?.write_key ?? ''
    const database = await readPostmaster(join(dataDir, 'postgres'))
    const url = (await findEmbeddedPostgres(dataDir)) ?? ''

    let acknowledged = 0
    const send = async () => {
      while (await accepted(origin, key)) acknowledged += 1
    }
    const senders = [send(), send(), send(), send()]
    await until(() => acknowledged > 100)
    first.process.kill('SIGKILL')
    await Promise.all(senders)
    const connected = `select count(*)::int from pg_stat_activity where application_name like 'playtrace-%'`
    await until(async () => (await query(url, connected)) === 0)

    const second = start()
    await ready(second)
    assert.match(second.output(), /\(from .*keys\.json\)/)
    assert.equal((await storedKeys(dataDir))?.write_key, key)
    assert.notEqual((await readPostmaster(join(dataDir, 'postgres')))?.pid, database?.pid)
    const urlNow = (await findEmbeddedPostgres(dataDir)) ?? ''
    await until(async () => ((await countEvents(urlNow)) as number) >= acknowledged, 30_000)
  })
})
