// A fleet behind HAProxy and nginx, with a PostgreSQL standby and a Redis replica, through stop, demotion, promotion and a rolling
// restart: with the settings of docs/deploy.md no acknowledged event is lost, and without them Playtrace warns or refuses.
import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { findProgram, startHaproxy, startNginx } from '../fleet/balancers.ts'
import {
  fleetEnvironment,
  movableProxy,
  type Node,
  type Sender,
  startNode,
  startSender,
  statusOf,
} from '../fleet/fleet.ts'
import { findPostgresPrograms, type PostgresServer, startPostgresPair } from '../fleet/postgres-pair.ts'
import { notRun } from '../not-run.ts'
import { onEnd } from '../on-end.ts'
import { findRedisServer, type RedisServer, startRedisServer } from '../redis-server.ts'
import { until } from '../until.ts'
import { withClient } from '../with-client.ts'
import { stop } from './launch.ts'
import { runCommand } from './system.ts'

/** Longer than a batch may stay the same before the workers count as standing still. */
const STOPPED_MS = 35_000
const RESUMED_MS_MAX = 30_000
/** A copy is cut off this long before the original is killed. */
const BEHIND_MS = 2_000

const PROGRAMS = {
  haproxy: findProgram('haproxy'),
  nginx: findProgram('nginx'),
  postgres: findPostgresPrograms(),
  redis: findRedisServer(),
}
const missing = Object.entries(PROGRAMS).filter(([, program]) => program === undefined)

if (missing.length > 0)
  notRun({
    what: 'a fleet behind balancers',
    why: `not installed: ${missing.map(([name]) => name).join(', ')}`,
    required: true,
  })
else
  suite('a fleet', { concurrency: false }, () => {
    test('with the documented settings, no acknowledged event is lost or doubled', documented)
    test('without them, Playtrace warns, or refuses with REQUIRE_DURABLE=1', undocumented)
  })

async function startRedis(t: TestContext) {
  const server = await startRedisServer(PROGRAMS.redis as string)
  onEnd(t, () => server.stop())
  const client = new Redis(server.url)
  client.on('error', () => {}) // the server is killed on purpose
  onEnd(t, async () => client.disconnect())
  return { server, client, port: portOf(server) }
}

type RedisNode = Awaited<ReturnType<typeof startRedis>>

const portOf = ({ url }: RedisServer) => Number(new URL(url).port)

async function follow(replica: RedisNode, primary: RedisNode): Promise<void> {
  await replica.client.replicaof('127.0.0.1', primary.port)
  await until(async () => (await primary.client.info('replication')).includes('state=online'), RESUMED_MS_MAX)
}

async function waitForStandby({ query }: PostgresServer): Promise<void> {
  await query(`alter system set synchronous_standby_names = '*'`)
  await query('select pg_reload_conf()')
  await until(async () => {
    const rows = await query(`select from pg_stat_replication where sync_state = 'sync'`)
    return rows.length === 1
  })
}

async function documented(t: TestContext): Promise<void> {
  const { primary, standby } = await startPostgresPair(t, PROGRAMS.postgres as string)
  await waitForStandby(primary)
  const [first, second] = [await startRedis(t), await startRedis(t)]
  await follow(second, first)
  const database = await movableProxy(t, primary.port)
  const redis = await movableProxy(t, first.port)
  const env = await fleetEnvironment(t, {
    DATABASE_URL: primary.url.replace(`:${primary.port}`, `:${database.port}`),
    QUEUE_URL: `redis://127.0.0.1:${redis.port}`,
    QUEUE_REPLICAS_MIN: '1',
    REQUIRE_DURABLE: '1',
  })
  assert.equal((await runCommand(['migrate'], env)).code, 0)
  const nodes = await Promise.all([1, 2, 3].map(() => startNode(t, 'api', env)))
  await Promise.all([1, 2].map(() => startNode(t, 'worker', env)))
  const ports = nodes.map(({ port }) => port)
  const balancers = [
    await startHaproxy(t, PROGRAMS.haproxy as string, ports),
    await startNginx(t, PROGRAMS.nginx as string, ports),
  ]
  const sender = startSender(t, balancers, env['PLAYTRACE_WRITE_KEY'] as string)
  await accepted(sender)

  await t.test('the database is stopped: the balancers keep every node', () => stopped(primary, nodes, sender))
  const stores = { primary, standby, first, second, leadDatabase: database.lead, leadRedis: redis.lead }
  await failedOver(t, stores, sender)
  await t.test('a rolling restart: no balancer answers 503', () => rolled(t, env, nodes, sender))

  await sender.stop()
  const stored = await until(async () => {
    const ids = await idsIn(standby)
    return ids.length >= sender.acknowledged.size && ids
  }, RESUMED_MS_MAX)
  assert.deepEqual(
    [...sender.acknowledged].filter((id) => !stored.includes(id)),
    [],
    'lost',
  )
  assert.equal(new Set(stored).size, stored.length, 'doubled')
}

interface Stores {
  primary: PostgresServer
  standby: PostgresServer
  first: RedisNode
  second: RedisNode
  leadDatabase: (port: number) => void
  leadRedis: (port: number) => void
}

async function failedOver(t: TestContext, stores: Stores, sender: Sender): Promise<void> {
  const { primary, standby, first, second, leadDatabase, leadRedis } = stores
  await t.test('Redis is demoted with its connections open: the fleet follows the new primary', async () => {
    await second.client.replicaof('NO', 'ONE')
    await first.client.replicaof('127.0.0.1', second.port)
    leadRedis(second.port)
    await until(async () => (await second.client.info('replication')).includes('state=online'), RESUMED_MS_MAX)
    await accepted(sender)
  })
  await t.test('Redis is killed: the replica has every acknowledged batch', async () => {
    // With the database stopped, a batch is only in Redis. With the replica cut off, a batch that is acknowledged is lost.
    await primary.kill()
    await first.client.replicaof('NO', 'ONE')
    await delay(BEHIND_MS)
    second.server.kill('SIGKILL')
    await primary.start()
    leadRedis(first.port)
    await follow(await startRedis(t), first)
    await accepted(sender)
  })
  await t.test('the primary is killed: the standby has every acknowledged event', async () => {
    // With the standby cut off, an event whose batch leaves the queue is lost.
    await standby.query(`alter system set primary_conninfo = ''`)
    await standby.query('select pg_reload_conf()')
    await delay(BEHIND_MS)
    await primary.kill()
    await standby.query('alter system reset synchronous_standby_names')
    await standby.query('select pg_promote()')
    await standby.query('select pg_reload_conf()')
    leadDatabase(standby.port)
    await accepted(sender)
  })
}

async function stopped(primary: PostgresServer, nodes: Node[], sender: Sender): Promise<void> {
  await primary.kill()
  sender.statuses()
  const before = sender.acknowledged.size
  await delay(STOPPED_MS)
  const statuses = sender.statuses()
  assert.deepEqual([...new Set(statuses)], [202], 'every event was accepted')
  assert.ok(sender.acknowledged.size > before)
  for (const { url } of nodes) assert.equal(await statusOf(`${url}/readyz`), 200)
  await primary.start()
  await until(async () => (await idsIn(primary)).length >= before, RESUMED_MS_MAX)
}

async function rolled(t: TestContext, env: NodeJS.ProcessEnv, nodes: Node[], sender: Sender): Promise<void> {
  sender.statuses()
  for (const node of nodes) {
    assert.equal(await stop(node.child), 0)
    await startNode(t, 'api', env, node.port)
    await accepted(sender)
  }
  const statuses = sender.statuses()
  assert.deepEqual([...new Set(statuses)], [202], `of ${statuses.length} answers`)
}

/** Waits until events are accepted again and again. */
async function accepted({ acknowledged }: Sender): Promise<void> {
  const before = acknowledged.size
  await until(() => acknowledged.size > before + 30, RESUMED_MS_MAX)
}

async function idsIn({ url }: PostgresServer): Promise<string[]> {
  const { rows } = await withClient(url, (client) =>
    client.query<{ event_id: string }>('select event_id from playtrace.events'),
  )
  return rows.map(({ event_id }) => event_id)
}

async function undocumented(t: TestContext): Promise<void> {
  const { primary } = await startPostgresPair(t, PROGRAMS.postgres as string)
  const [first, second] = [await startRedis(t), await startRedis(t)]
  await follow(second, first)
  const env = await fleetEnvironment(t, { DATABASE_URL: primary.url, QUEUE_URL: first.server.url })
  assert.equal((await runCommand(['migrate'], env)).code, 0)
  const sentences = [
    /DATABASE_URL: PostgreSQL has a standby, and no commit waits for it/,
    /QUEUE_URL: Redis has 1 replica, and no enqueue waits for one/,
  ]
  const node = await startNode(t, 'api', env)
  for (const sentence of sentences) assert.match(node.output(), sentence)
  const refused = await runCommand(['api'], { ...env, REQUIRE_DURABLE: '1', PORT: '0' })
  assert.equal(refused.code, 1)
  assert.match(refused.output, /REQUIRE_DURABLE is 1/)
}
