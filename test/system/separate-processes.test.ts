// `playtrace api` and `playtrace worker` as processes of their own: they start while a store is away, answer for their own work,
// and announce their end.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { newKey } from '../../src/contract/key.ts'
import { onEnd } from '../on-end.ts'
import { type OwnServer, ownPostgres, ownRedis } from '../own-servers.ts'
import { findRedisServer, freePort } from '../redis-server.ts'
import { closeDatabase, freshDatabase, reopenDatabase } from '../stores.ts'
import { until } from '../until.ts'
import { withClient } from '../with-client.ts'
import { bareEnvironment, collect, PROGRAM, stop } from './launch.ts'
import { runCommand } from './system.ts'

/** A process tries to reach a store for 10 s, and again a second later. */
const REACHED_MS_MAX = 20_000

interface Node {
  url: string
  child: ChildProcess
  output: () => string
}

suite('processes of their own', { concurrency: true }, () => {
  // Without a redis-server these are not run, and test/run.ts says so.
  if (findRedisServer()) {
    test('start while the database is away, and take events', databaseIsAway)
    test('start while the queue is away, and refuse events until it is there', queueIsAway)
  }
  test('with one PostgreSQL that is away, wait for it', everythingIsAway)
  test('are unready before the port closes', announcesItsEnd)
  test('end at once on a signal during their start', endDuringStart)
})

async function databaseIsAway(t: TestContext): Promise<void> {
  const redis = (await ownRedis(t)) as OwnServer
  const stores = { DATABASE_URL: await freshDatabase(t), QUEUE_URL: redis.url }
  const env = await prepared(t, stores)
  // The first one leaves the hashes of the keys in Redis.
  const first = await startNode(t, 'api', env)
  assert.equal((await send(first, env)).status, 202)
  await stop(first.child)

  await closeDatabase(stores.DATABASE_URL)
  const api = await startNode(t, 'api', env)
  const worker = await startNode(t, 'worker', env)
  const answer = await until(async () => {
    const sent = await send(api, env)
    return sent.status === 202 && readyz(api)
  }, REACHED_MS_MAX)
  assert.deepEqual([answer.status, answer.reasons], [200, []])
  const unready = await readyz(worker)
  assert.equal(unready.status, 503)
  assert.match(unready.reasons.join(), /^The database takes no writes: /)

  await reopenDatabase(stores.DATABASE_URL)
  await until(async () => (await readyz(worker)).status === 200, REACHED_MS_MAX)
  await until(async () => (await stored(stores.DATABASE_URL)) === 2, REACHED_MS_MAX)
}

async function queueIsAway(t: TestContext): Promise<void> {
  const redis = (await ownRedis(t)) as OwnServer
  const env = await prepared(t, { DATABASE_URL: await freshDatabase(t), QUEUE_URL: redis.url })
  await redis.kill()
  const api = await startNode(t, 'api', env)
  const refused = await send(api, env)
  assert.equal(refused.status, 503)
  assert.ok(Number(refused.headers.get('retry-after')) > 0)
  const { status, reasons } = await readyz(api)
  assert.deepEqual([status, reasons.length], [503, 1])
  assert.match(reasons[0] ?? '', /^The queue takes no writes: The queue has not been reached/)

  await redis.restart()
  await until(async () => (await readyz(api)).status === 200, REACHED_MS_MAX)
  await until(async () => (await send(api, env)).status === 202, REACHED_MS_MAX)
}

async function everythingIsAway(t: TestContext): Promise<void> {
  const postgres = await ownPostgres(t)
  const env = await prepared(t, { DATABASE_URL: postgres.url })
  await postgres.kill()
  const api = await startNode(t, 'api', env)
  const worker = await startNode(t, 'worker', env)
  assert.equal((await readyz(api)).status, 503)
  assert.equal((await send(api, env)).status, 503)
  await postgres.restart()
  await until(async () => (await readyz(api)).status === 200, REACHED_MS_MAX)
  await until(async () => (await readyz(worker)).status === 200, REACHED_MS_MAX)
  await until(async () => (await send(api, env)).status === 202, REACHED_MS_MAX)
  await until(async () => (await stored(postgres.url)) === 1, REACHED_MS_MAX)
  assert.doesNotMatch(`${api.output()}${worker.output()}`, /"stack":/, 'the log has no stack')
}

async function endDuringStart(t: TestContext): Promise<void> {
  const nowhere = 'postgres://127.0.0.1:1/d'
  for (const command of ['api', 'worker']) {
    const port = String(await freePort())
    const env = { ...bareEnvironment(), DATABASE_URL: nowhere, PORT: port, WORKER_PORT: port }
    const child = spawn(process.execPath, [PROGRAM, command], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    onEnd(t, () => stop(child))
    const output = collect(child)
    const ended = once(child, 'exit')
    await until(() => output().includes('ECONNREFUSED'))
    child.kill('SIGTERM')
    assert.deepEqual(await ended, [0, null], output())
    assert.doesNotMatch(output(), /Server listening/)
  }
}

async function announcesItsEnd(t: TestContext): Promise<void> {
  const env = await prepared(t, { DATABASE_URL: await freshDatabase(t), SHUTDOWN_DELAY_MS: '3000' })
  const api = await startNode(t, 'api', env)
  await until(async () => (await readyz(api)).status === 200)
  api.child.kill('SIGTERM')
  const { reasons } = await until(async () => {
    const answer = await readyz(api)
    return answer.status === 503 && answer
  })
  assert.deepEqual(reasons, ['The process is draining.'])
  assert.equal((await send(api, env)).status, 202, 'it takes what a balancer still sends')
  assert.equal(await stop(api.child), 0)
}

/** Makes the schema and the keys. */
async function prepared(t: TestContext, stores: Record<string, string>): Promise<NodeJS.ProcessEnv> {
  const dataDir = await mkdtemp(join(tmpdir(), 'playtrace-nodes-'))
  onEnd(t, () => rm(dataDir, { recursive: true, force: true }))
  const env = {
    ...bareEnvironment(),
    PLAYTRACE_DATA_DIR: dataDir,
    PLAYTRACE_WRITE_KEY: newKey('write'),
    ...stores,
  }
  const { code, output } = await runCommand(['migrate'], env)
  assert.equal(code, 0, output)
  return env
}

/** Resolves when it answers that it is alive. */
async function startNode(t: TestContext, command: 'api' | 'worker', env: NodeJS.ProcessEnv): Promise<Node> {
  const port = String(await freePort())
  const child = spawn(process.execPath, [PROGRAM, command], {
    env: { ...env, PORT: port, WORKER_PORT: port },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onEnd(t, () => stop(child))
  const output = collect(child)
  const url = `http://127.0.0.1:${port}`
  await until(async () => {
    assert.equal(child.exitCode, null, output())
    return fetch(`${url}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    )
  }, REACHED_MS_MAX)
  return { url, child, output }
}

async function send({ url }: Node, env: NodeJS.ProcessEnv): Promise<Response> {
  const answer = await fetch(`${url}/v1/events?key=${env['PLAYTRACE_WRITE_KEY']}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'tick', player_id: 'player-1' }),
  })
  await answer.arrayBuffer()
  return answer
}

async function readyz({ url }: Node): Promise<{ status: number; reasons: string[] }> {
  const answer = await fetch(`${url}/readyz`)
  const { reasons } = (await answer.json()) as { reasons: string[] }
  return { status: answer.status, reasons }
}

async function stored(databaseUrl: string): Promise<number> {
  const { rows } = await withClient(databaseUrl, (client) =>
    client.query<{ count: number }>('select count(*)::int as count from playtrace.events'),
  )
  return rows[0]?.count ?? 0
}
