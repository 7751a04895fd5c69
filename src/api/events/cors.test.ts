// CORS: a browser may send events from any page, and may use no other route.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anEvent, assertProblem, DEMO, openTestApp, postEvents } from '../../../test/test-app.ts'

const ORIGIN = { origin: 'https://game.example' }
const PREFLIGHT = {
  ...ORIGIN,
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'authorization,content-type,traceparent,x-of-a-library',
}

test('a preflight of /v1/events needs no key and allows every header and credentials', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  for (const url of ['/v1/events', `/v1/events?key=${DEMO.write}`, '//v1/events/']) {
    const { statusCode, headers } = await api.app.inject({ method: 'OPTIONS', url, headers: PREFLIGHT })
    assert.equal(statusCode, 204)
    assert.equal(headers['access-control-allow-origin'], ORIGIN.origin)
    assert.equal(headers['access-control-allow-credentials'], 'true')
    assert.match(String(headers.vary), /Origin/)
    assert.equal(headers['access-control-allow-methods'], 'POST')
    assert.equal(headers['access-control-max-age'], '86400')
    assert.equal(headers['access-control-allow-headers'], PREFLIGHT['access-control-request-headers'])
  }
})

test('OPTIONS without the headers of a preflight is answered', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  assert.equal((await api.app.inject({ method: 'OPTIONS', url: '/v1/events' })).statusCode, 204)
})

test('a page can read every answer of /v1/events', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  const answers = [
    await postEvents(api, anEvent(), ORIGIN),
    await postEvents(api, [null], ORIGIN),
    await postEvents(api, '{', ORIGIN),
    await postEvents(api, anEvent(), { ...ORIGIN, authorization: undefined }),
    await postEvents(api, anEvent(), { ...ORIGIN, authorization: `Bearer ${DEMO.admin}` }),
    await postEvents(api, ' '.repeat(2 ** 21), ORIGIN),
    await postEvents(api, anEvent(), { ...ORIGIN, 'content-type': 'image/png' }),
  ]
  assert.deepEqual(
    answers.map(({ statusCode }) => statusCode),
    [202, 422, 400, 401, 403, 413, 415],
  )
  for (const { headers, statusCode } of answers) {
    assert.equal(headers['access-control-allow-origin'], ORIGIN.origin, String(statusCode))
    assert.equal(headers['access-control-expose-headers'], 'Playtrace-Batch-Id, Retry-After')
    assert.equal(headers['access-control-allow-credentials'], 'true')
  }
})

test('no other route has CORS headers', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  const authorization = `Bearer ${DEMO.admin}`
  for (const url of ['/v1/games/demo/events', '/v1/games/demo/reports/overview', '/healthz', '/metrics', '/nowhere']) {
    const answers = [
      await api.app.inject({ url, headers: { ...ORIGIN, authorization } }),
      await api.app.inject({ method: 'OPTIONS', url, headers: PREFLIGHT }),
    ]
    for (const { headers } of answers) {
      const names = Object.keys(headers).filter((name) => name.startsWith('access-control-'))
      assert.deepEqual(names, [], url)
    }
    assertProblem(answers[1] ?? assert.fail(), 404, 'not_found')
  }
})
