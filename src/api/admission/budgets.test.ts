// Budgets of a day: by write key and address, and by game. What is refused is refused before it is parsed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import { freshRedis } from '../../../test/fresh-redis.ts'
import { onEnd } from '../../../test/on-end.ts'
import {
  anEvent,
  assertProblem,
  DEMO,
  KEYS,
  NO_BUDGET,
  OTHER,
  openTestApp,
  type TestApp,
} from '../../../test/test-app.ts'
import { until } from '../../../test/until.ts'
import { type Budgets, budgetHooks } from './budgets.ts'

const PUBLIC = '192.0.2.1'
const NONE: Budgets = { perAddress: NO_BUDGET, perGame: NO_BUDGET }

interface Sent {
  from?: string
  key?: string
  headers?: Record<string, string>
}

function post({ app }: TestApp, body: string | Buffer, { from = PUBLIC, key = DEMO.write, headers = {} }: Sent = {}) {
  const all = { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers }
  return app.inject({ method: 'POST', url: '/v1/events', remoteAddress: from, headers: all, payload: body })
}

const events = (count: number) => JSON.stringify(Array.from({ length: count }, () => anEvent()))

async function statusOf(api: TestApp, body: string | Buffer, sent: Sent = {}): Promise<number> {
  return (await post(api, body, sent)).statusCode
}

test('a write key from one address that has used up its events is answered 429; other addresses and keys are not', async (t) => {
  const api = await openTestApp({ budgets: { ...NONE, perAddress: { bytes: 0, events: 10 } } })
  t.after(() => api.close())
  assert.equal(await statusOf(api, events(6)), 202)
  assert.equal(await statusOf(api, events(6)), 202, 'a request is taken whole while some of the budget is left')
  const refused = await post(api, events(1), { headers: { origin: 'https://game.example' } })
  const { detail } = assertProblem(refused, 429, 'too_many_requests')
  assert.match(detail, /budget of 10 events a day from one address with one key is used up.*Retry-After/)
  assert.equal(refused.headers['retry-after'], '3600')
  assert.equal(refused.headers['access-control-allow-origin'], 'https://game.example', 'a page can read the reason')
  assert.equal(await statusOf(api, 'not JSON'), 429, 'the body is not read')
  assert.equal(await statusOf(api, events(6), { from: '192.0.2.2' }), 202)
  assert.equal(await statusOf(api, events(6), { key: OTHER.write }), 202)
  assert.equal(api.batches.flatMap((batch) => batch.events).length, 24)
})

test('bytes count as inflated, also those of a body that is refused', async (t) => {
  const api = await openTestApp({ budgets: { ...NONE, perAddress: { bytes: 100_000, events: 0 } } })
  t.after(() => api.close())
  const body = gzipSync(events(1).padEnd(60_000))
  const headers = { 'content-encoding': 'gzip' }
  assert.ok(body.length < 1_000)
  assert.deepEqual([await statusOf(api, body, { headers }), await statusOf(api, body, { headers })], [202, 202])
  assert.match((await post(api, events(1))).json().detail, /budget of 100000 bytes a day/)

  const from = '192.0.2.2'
  const bomb = gzipSync(' '.repeat(8 * 2 ** 20 + 1))
  assert.deepEqual([await statusOf(api, bomb, { from, headers }), await statusOf(api, events(1), { from })], [413, 429])
  assert.equal(await statusOf(api, 'x'.repeat(100_000), { from: '192.0.2.3' }), 400)
  assert.equal(await statusOf(api, events(1), { from: '192.0.2.3' }), 429)
})

test('of requests that arrive together, those after the end of the budget are refused before they are parsed', async (t) => {
  const api = await openTestApp({ budgets: { ...NONE, perAddress: { bytes: 0, events: 10 } } })
  t.after(() => api.close())
  const answers = await Promise.all(Array.from({ length: 8 }, () => statusOf(api, events(4))))
  assert.deepEqual(answers.toSorted(), [202, 202, 202, 429, 429, 429, 429, 429])
  assert.equal(api.batches.flatMap((batch) => batch.events).length, 12)
})

test('all addresses of one IPv6 network of 64 bits share a budget', async (t) => {
  const api = await openTestApp({ budgets: { ...NONE, perAddress: { bytes: 0, events: 2 } } })
  t.after(() => api.close())
  assert.equal(await statusOf(api, events(2), { from: '2001:db8:0:1::1' }), 202)
  assert.equal(await statusOf(api, events(1), { from: '2001:db8:0:1:ffff::2' }), 429)
  assert.equal(await statusOf(api, events(1), { from: '2001:db8:0:2::1' }), 202)
})

test('a private address has no budget, and the log says so once; behind a trusted proxy each client has one', async (t) => {
  const budgets: Budgets = { ...NONE, perAddress: { bytes: 0, events: 1 } }
  const api = await openTestApp({ budgets })
  t.after(() => api.close())
  for (const from of [
    '127.0.0.1',
    '::1',
    '10.1.2.3',
    '172.17.0.1',
    '192.168.0.9',
    '::ffff:10.0.0.1',
    'fd00::1',
    'fe80::1',
  ]) {
    assert.equal(await statusOf(api, events(2), { from }), 202, from)
    assert.equal(await statusOf(api, events(2), { from }), 202, from)
  }
  assert.equal(api.logLines.length, 1)
  assert.match(api.logLines[0] ?? '', /127\.0\.0\.1\. A private address has no budget of its own.*TRUST_PROXY/)

  const behind = await openTestApp({ budgets, trustProxy: '10.0.0.0/8' })
  t.after(() => behind.close())
  const client = (address: string) => ({ from: '10.0.0.1', headers: { 'x-forwarded-for': address } })
  assert.equal(await statusOf(behind, events(1), client('198.51.100.7')), 202)
  assert.equal(await statusOf(behind, events(1), client('198.51.100.7')), 429)
  assert.equal(await statusOf(behind, events(1), client('198.51.100.8')), 202)
  assert.deepEqual(behind.logLines, [])
})

test('the total of a game refuses its requests for a minute at most, and warns once; another game goes on', async (t) => {
  const api = await openTestApp({ budgets: { ...NONE, perGame: { bytes: 0, events: 100 } } })
  t.after(() => api.close())
  assert.equal(await statusOf(api, events(60)), 202)
  assert.equal(await statusOf(api, events(60), { from: '127.0.0.1' }), 202, 'every address counts')
  for (const from of [PUBLIC, '192.0.2.2', '127.0.0.1']) {
    const refused = await post(api, events(1), { from })
    assert.match(assertProblem(refused, 429, 'too_many_requests').detail, /budget of 100 events a day of one game/)
    assert.ok(Number(refused.headers['retry-after']) <= 60)
  }
  assert.equal(api.logLines.length, 1)
  assert.match(api.logLines[0] ?? '', /"level":40.*"game":"demo".*100 events a day of one game is used up/)
  assert.equal(await statusOf(api, events(60), { key: OTHER.write }), 202)
})

test('a server key has no budget by address', async (t) => {
  const app = Fastify()
  t.after(() => app.close())
  app.decorateRequest('key', null)
  const { limitBudget } = budgetHooks(app, { ...NONE, perAddress: { bytes: 0, events: 1 } })
  const setKey = async (request: { key: unknown; headers: Record<string, unknown> }) => {
    request.key = { ...KEYS[0], kind: request.headers['kind'] }
  }
  app.get('/', { onRequest: [setKey, limitBudget] }, async ({ budget }) => budget?.spend('events', 2))
  const ask = async (kind: string) =>
    (await app.inject({ url: '/', remoteAddress: PUBLIC, headers: { kind } })).statusCode
  assert.deepEqual([await ask('write'), await ask('write')], [200, 429])
  assert.deepEqual([await ask('server'), await ask('server')], [200, 200])
})

test('API processes count together in one Redis, in entries that expire', async (t) => {
  const url = await freshRedis(t)
  if (!url) return
  const redis = new Redis(url)
  onEnd(t, () => redis.quit())
  const budgets: Budgets = { perAddress: { bytes: 0, events: 100 }, perGame: { bytes: 0, events: 1_000 }, redis }
  const apis = [await openTestApp({ budgets }), await openTestApp({ budgets })] as const
  for (const api of apis) onEnd(t, () => api.close())
  const [first, second] = apis
  assert.equal(await statusOf(first, events(90)), 202)
  await until(async () => (await redis.keys('playtrace-budget-*')).length === 2)
  assert.equal(await statusOf(second, events(20)), 202, 'the second process does not know yet')
  await until(async () => (await statusOf(second, events(1))) === 429)
  assert.equal(await statusOf(second, events(1), { from: '192.0.2.2' }), 202)
  for (const name of await redis.keys('*')) {
    const ttlMs = await redis.pttl(name)
    assert.match(name, /^playtrace-budget-(game-1|[^-]{43}=-192\.0\.2\.\d)$/)
    assert.ok(ttlMs > 0 && ttlMs <= 49 * 60 * 60 * 1000, `${name} ${ttlMs}`)
  }
})

test('while Redis is away, each process counts alone', async (t) => {
  const redis = new Redis({ port: 1, lazyConnect: true, enableOfflineQueue: false, retryStrategy: () => null })
  redis.on('error', () => {})
  const api = await openTestApp({ budgets: { ...NONE, perAddress: { bytes: 0, events: 10 }, redis } })
  t.after(() => api.close())
  assert.deepEqual(
    [await statusOf(api, events(9)), await statusOf(api, events(9)), await statusOf(api, events(1))],
    [202, 202, 429],
  )
})
