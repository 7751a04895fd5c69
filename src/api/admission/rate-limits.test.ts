// Rate limits: by address before the key is verified, and by key after that. Balancers have no limit.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Redis } from 'ioredis'
import { freshRedis } from '../../../test/fresh-redis.ts'
import { onEnd } from '../../../test/on-end.ts'
import { anEvent, assertProblem, DEMO, OTHER, openTestApp, postEvents, type TestApp } from '../../../test/test-app.ts'

const FREE = { perAddress: 0, perKey: 0 }

async function statuses(api: TestApp, count: number, headers = {}): Promise<number[]> {
  const found: number[] = []
  for (let at = 0; at < count; at++) found.push((await postEvents(api, anEvent(), headers)).statusCode)
  return found
}

test('a key beyond its limit is answered 429 with Retry-After, and another key is not', async (t) => {
  const api = await openTestApp({ rateLimits: { ...FREE, perKey: 3 } })
  t.after(() => api.close())
  assert.deepEqual(await statuses(api, 3), [202, 202, 202])
  const response = await postEvents(api, anEvent(), { origin: 'https://game.example' })
  assertProblem(response, 429, 'too_many_requests')
  const seconds = Number(response.headers['retry-after'])
  assert.ok(seconds >= 1 && seconds <= 60, String(seconds))
  assert.equal(response.headers['access-control-allow-origin'], 'https://game.example', 'a page can read the reason')
  assert.deepEqual(await statuses(api, 1, { authorization: `Bearer ${OTHER.write}` }), [202])
  assert.equal(api.batches.length, 4)
})

test('an address that guesses keys is answered 429 before its key is verified', async (t) => {
  const api = await openTestApp({ rateLimits: { ...FREE, perAddress: 2 } })
  t.after(() => api.close())
  const guess = { authorization: 'Bearer pt_w_guessed' }
  assert.deepEqual(await statuses(api, 3, guess), [401, 401, 429])
  const admin = { authorization: `Bearer ${DEMO.admin}` }
  const url = '/v1/games/demo/reports/overview'
  assertProblem(await api.app.inject({ url, headers: admin }), 429, 'too_many_requests')
  const elsewhere = await api.app.inject({ url, headers: admin, remoteAddress: '192.0.2.1' })
  assert.equal(elsewhere.statusCode, 200)
})

test('/metrics has the limit of an address; /healthz, /readyz and the documentation have none', async (t) => {
  const api = await openTestApp({ rateLimits: { perAddress: 1, perKey: 1 } })
  t.after(() => api.close())
  assert.equal((await api.app.inject('/metrics')).statusCode, 200)
  const refused = await api.app.inject('/metrics')
  assertProblem(refused, 429, 'too_many_requests')
  assert.ok(Number(refused.headers['retry-after']) >= 1)
  for (const url of ['/healthz', '/readyz', '/openapi.json', '/docs/']) {
    for (let at = 0; at < 3; at++) assert.equal((await api.app.inject(url)).statusCode, 200, url)
  }
})

test('two API processes count together in one Redis', async (t) => {
  const url = await freshRedis(t)
  if (!url) return
  const redis = new Redis(url)
  onEnd(t, () => redis.quit())
  const first = await openTestApp({ rateLimits: { ...FREE, perKey: 3, redis } })
  onEnd(t, () => first.close())
  const second = await openTestApp({ rateLimits: { ...FREE, perKey: 3, redis } })
  onEnd(t, () => second.close())
  assert.deepEqual(await statuses(first, 2), [202, 202])
  assert.deepEqual(await statuses(second, 2), [202, 429])
  const names = await redis.keys('*')
  assert.equal(names.length, 1)
  assert.match(names[0] ?? '', /^playtrace-rate-limit-key-[^-]{43}=$/)
})

test('requests pass while Redis is away', async (t) => {
  const redis = new Redis({
    port: 1,
    lazyConnect: true,
    enableOfflineQueue: false,
    retryStrategy: () => null,
  })
  redis.on('error', () => {})
  const api = await openTestApp({ rateLimits: { perAddress: 1, perKey: 1, redis } })
  t.after(() => api.close())
  assert.deepEqual(await statuses(api, 3), [202, 202, 202])
})

test('behind a trusted proxy each client has an address of its own; another proxy is reported once', async (t) => {
  const api = await openTestApp({ trustProxy: '127.0.0.1', rateLimits: { ...FREE, perAddress: 2 } })
  t.after(() => api.close())
  const from = (address: string) => ({ 'x-forwarded-for': address })
  assert.deepEqual(await statuses(api, 3, from('192.0.2.1')), [202, 202, 429])
  assert.deepEqual(await statuses(api, 2, from('192.0.2.2')), [202, 202])
  assert.deepEqual(await statuses(api, 1, from('192.0.2.9, 192.0.2.1')), [429], 'a client cannot choose its address')
  assert.deepEqual(await statuses(api, 1, from('127.0.0.1')), [202], 'a client on the machine of the proxy')
  assert.deepEqual(api.logLines, [])

  const direct = await openTestApp({ rateLimits: { ...FREE, perAddress: 2 } })
  t.after(() => direct.close())
  assert.deepEqual(await statuses(direct, 3, from('192.0.2.1')), [202, 202, 429])
  assert.deepEqual(await statuses(direct, 1, from('192.0.2.2')), [429])
  assert.equal(direct.logLines.length, 1)
  assert.match(direct.logLines[0] ?? '', /X-Forwarded-For.*127\.0\.0\.1.*TRUST_PROXY/)
})
