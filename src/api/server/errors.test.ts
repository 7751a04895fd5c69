// Errors: 503 for the queue and the database, 500 without details for faults of the server, and 4xx for the client.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { test } from 'node:test'
import { v7 as uuidV7 } from 'uuid'
import { onEnd } from '../../../test/on-end.ts'
import { connect, openFreshDatabase } from '../../../test/stores.ts'
import { anEvent, assertProblem, DEMO, openTestApp, postEvents } from '../../../test/test-app.ts'
import { QueueUnavailable } from '../../queue/event-queue.ts'
import { readEvents } from '../../storage/events/read-events.ts'
import { groupRequests } from '../events/group-requests.ts'

const SECRET = 'select secret from playtrace.keys; redis://user:password@10.0.0.1'
const admin = { authorization: `Bearer ${DEMO.admin}` }

test('every request of a batch that the queue refuses is answered 503 with Retry-After', async (t) => {
  const enqueue = groupRequests(() => Promise.reject(new QueueUnavailable(SECRET)), uuidV7)
  const api = await openTestApp({ enqueue })
  t.after(() => api.close())
  const responses = await Promise.all(Array.from({ length: 10 }, () => postEvents(api, anEvent())))
  for (const response of responses) {
    assertProblem(response, 503, 'unavailable')
    assert.equal(response.headers['retry-after'], '2')
    assert.equal(response.headers['playtrace-batch-id'], undefined)
    assert.ok(!response.body.includes('secret'))
  }
  assert.match(api.logLines.join(), /secret/, 'the log has the cause')
  assert.equal(api.logLines.length, 1, 'once, not for each request')
  assert.doesNotMatch((await api.app.inject('/metrics')).body, /events_accepted_total\{game="demo"\} [1-9]/)
})

test('a rejected event that cannot be enqueued is answered 503', async (t) => {
  const api = await openTestApp({ enqueue: () => Promise.reject(new QueueUnavailable('away')) })
  t.after(() => api.close())
  assertProblem(await postEvents(api, [null]), 503, 'unavailable')
})

test('an unexpected error is answered 500, and only the log has its cause', async (t) => {
  const api = await openTestApp({
    enqueue: () => Promise.reject(new TypeError(SECRET)),
    readEvents: () => Promise.reject(Object.assign(new Error(SECRET), { code: '42P01', statusCode: 200 })),
    metricsText: () => Promise.reject(new Error(SECRET)),
  })
  t.after(() => api.close())
  const responses = [
    await postEvents(api, anEvent()),
    await api.app.inject({ url: '/v1/games/demo/events', headers: admin }),
    await api.app.inject('/metrics'),
  ]
  for (const response of responses) {
    assertProblem(response, 500, 'internal_error')
    assert.ok(!response.body.includes('secret'))
  }
  assert.equal(api.logLines.length, 3)
  assert.match(api.logLines[0] ?? '', /"level":50.*secret.*stack/)
})

test('a reader is answered 503 while the database is away', async (t) => {
  const away = Object.assign(new Error(SECRET), { code: 'DATABASE_AWAY' })
  const api = await openTestApp({ readEvents: () => Promise.reject(away) })
  t.after(() => api.close())
  const response = await api.app.inject({ url: '/v1/games/demo/events', headers: admin })
  assertProblem(response, 503, 'unavailable')
  assert.equal(response.headers['retry-after'], '2')
  assert.ok(!response.body.includes('secret'))
})

test('a query that reaches the time limit of the database is answered 504 without Retry-After', async (t) => {
  const { url, database } = await openFreshDatabase(t)
  const hurried = connect(t, url, 1, 100)
  const api = await openTestApp({
    readEvents: (gameId, filter, page) => readEvents(hurried, gameId, filter, page),
  })
  t.after(() => api.close())
  const locker = await database.connect()
  onEnd(t, async () => locker.release(true))
  await locker.query('begin; lock table playtrace.events in access exclusive mode')
  const response = await api.app.inject({ url: '/v1/games/demo/events', headers: admin })
  assertProblem(response, 504, 'query_timeout')
  assert.equal(response.headers['retry-after'], undefined)
})

const NOWHERE: ['GET' | 'HEAD' | 'PUT' | 'PATCH' | 'DELETE' | 'POST', string, number, string][] = [
  ['GET', '/nowhere?key=secret', 404, 'not_found'],
  ['POST', '/V1/events', 404, 'not_found'],
  ['GET', '/v1/events', 404, 'not_found'],
  ['PUT', '/v1/events', 404, 'not_found'],
  ['PATCH', '/v1/events', 404, 'not_found'],
  ['DELETE', '/v1/events', 404, 'not_found'],
  ['POST', '/v1/games/demo/events', 404, 'not_found'],
  ['GET', '/%zz?key=secret', 400, 'bad_request'],
  ['GET', '/v1/games/%zz/events', 400, 'bad_request'],
  ['GET', '/v1/games/%ff/events', 400, 'bad_request'],
]

test('an unknown route and an invalid URL are answered with a problem', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  for (const [method, url, status, code] of NOWHERE) {
    await t.test(`${method} ${url}`, async () => {
      const response = await api.app.inject({
        method,
        url,
        headers: { ...admin, 'content-type': 'image/png' },
        ...(method === 'GET' ? {} : { payload: 'x' }),
      })
      assertProblem(response, status, code)
      assert.ok(!response.body.includes('secret'), 'the answer does not repeat the key of the query')
    })
  }
  assert.deepEqual(api.logLines, [])
})

test('a request target that is a whole URL is routed by its path', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = api.app.server.address() as AddressInfo
  for (const [path, status] of [
    ['http://example.com/healthz', 200],
    ['HTTP://example.com:80/healthz?a=1', 200],
    ['http://example.com', 404],
    ['ftp://example.com/healthz', 404],
  ] as const) {
    const [answer] = (await once(request({ host: '127.0.0.1', port, path }).end(), 'response')) as [IncomingMessage]
    answer.resume()
    assert.equal(answer.statusCode, status, path)
  }
})

test('an expectation that the server does not know is ignored', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  const origin = await api.app.listen({ host: '127.0.0.1', port: 0 })
  const headers = { authorization: `Bearer ${DEMO.write}`, 'content-type': 'application/json', expect: 'foo' }
  const sent = request(`${origin}/v1/events`, { method: 'POST', headers }).end(JSON.stringify(anEvent()))
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  assert.deepEqual([answer.statusCode, await json(answer)], [202, { accepted: 1, rejected: [] }])
})

test('HEAD of the sending route is answered 404 without a body', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  const { statusCode, body } = await api.app.inject({ method: 'HEAD', url: '/v1/events' })
  assert.deepEqual([statusCode, body], [404, ''])
})

test('a very long URL is answered 404, and the answer does not repeat it', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  for (const url of [`/v1/games/${'g'.repeat(5_000)}/events`, `/${'g'.repeat(5_000)}`]) {
    assertProblem(await api.app.inject({ url, headers: admin }), 404, 'not_found')
  }
})

test('the start causes no warning', async (t) => {
  const warnings: Error[] = []
  const note = (warning: Error) => warnings.push(warning)
  process.on('warning', note)
  t.after(() => process.off('warning', note))
  const api = await openTestApp()
  await api.close()
  assert.deepEqual(warnings, [])
})
