// Keys: the three ways to send a key, the routes that each kind may use, and the answers without a valid key.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anEvent, assertProblem, DEMO, OTHER, openTestApp, postEvents, REVOKED_KEY } from '../../../test/test-app.ts'
import { newKey } from '../../contract/key.ts'

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
const none = { authorization: undefined }

test('a write key is taken from Authorization, X-Api-Key or ?key=', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  const headers = [
    bearer(DEMO.write),
    { authorization: `bearer  ${DEMO.write} ` },
    { ...none, 'x-api-key': DEMO.write },
    // Another scheme of Authorization is not a key.
    { authorization: 'Basic ZGVtbzpkZW1v', 'x-api-key': DEMO.write },
  ]
  for (const given of headers) {
    assert.equal((await postEvents(api, anEvent(), given)).statusCode, 202, JSON.stringify(given))
  }
  const beacon = await api.app.inject({
    method: 'POST',
    url: `/v1/events?key=${DEMO.write}`,
    headers: { 'content-type': 'text/plain;charset=UTF-8' },
    payload: JSON.stringify(anEvent()),
  })
  assert.equal(beacon.statusCode, 202)
})

test('events belong to the game of the key', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  await postEvents(api, anEvent())
  await postEvents(api, anEvent(), bearer(OTHER.write))
  assert.deepEqual(
    api.batches.map(({ events }) => events[0]?.game_id),
    [1, 2],
  )
})

const UNKNOWN_KEYS: [string, string, Record<string, string | undefined>][] = [
  ['no key', '/v1/events', {}],
  ['an unknown key', '/v1/events', bearer(newKey('write'))],
  ['a revoked key', '/v1/events', bearer(REVOKED_KEY)],
  ['a key cut short', '/v1/events', bearer(DEMO.write.slice(0, -1))],
  ['a key and more', '/v1/events', bearer(`${DEMO.write} x`)],
  ['a key in other letters', '/v1/events', bearer(DEMO.write.toUpperCase())],
  ['another scheme', '/v1/events', { authorization: `Basic ${DEMO.write}` }],
  ['an empty X-Api-Key', '/v1/events', { 'x-api-key': '' }],
  ['a wrong key before a right one', `/v1/events?key=${DEMO.write}`, bearer(newKey('write'))],
  ['an empty ?key=', '/v1/events?key=', {}],
  ['two ?key=', `/v1/events?key=${DEMO.write}&key=${DEMO.write}`, {}],
  ['?key[]=', `/v1/events?key[]=${DEMO.write}`, {}],
  ['an inherited name', '/v1/events?key=__proto__', {}],
  ['a very long key', '/v1/events', bearer('k'.repeat(10_000))],
]

test('a request without a valid key is answered 401', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  for (const [what, url, headers] of UNKNOWN_KEYS) {
    await t.test(what, async () => {
      const response = await api.app.inject({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json', ...headers },
        payload: JSON.stringify(anEvent()),
      })
      assertProblem(response, 401, 'unauthorized')
      assert.equal(response.headers['www-authenticate'], 'Bearer')
      assert.ok(!response.body.includes(DEMO.write))
    })
  }
  assert.equal(api.batches.length, 0)
})

test('the body of a request without a key is not read', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  assertProblem(await postEvents(api, ' '.repeat(2 ** 21), none), 401, 'unauthorized')
  assertProblem(await postEvents(api, 'x', { ...none, 'content-type': 'image/png' }), 401, 'unauthorized')
})

test('a key that may not send is refused, and so is a server key in a URL', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  const problem = assertProblem(await postEvents(api, anEvent(), bearer(DEMO.admin)), 403, 'forbidden')
  assert.equal(problem.detail, 'This route needs a write or server key; the request has an admin key.')
  const inUrl = await api.app.inject({
    method: 'POST',
    url: `/v1/events?key=${DEMO.server}`,
    headers: { 'content-type': 'text/plain' },
    payload: JSON.stringify(anEvent()),
  })
  assert.equal(
    assertProblem(inUrl, 403, 'forbidden').detail,
    'A URL may contain a write key only; the request has a server key. Send it as Authorization: Bearer <key>.',
  )
  assert.equal(api.batches.length, 0)
})

test('an admin key in a URL is refused on every route', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  for (const path of [
    '/v1/key',
    '/v1/games/demo/events',
    '/v1/games/demo/events.csv',
    '/v1/games/demo/events.ndjson',
    '/v1/games/demo/live',
    '/v1/games/demo/players/p-1',
    '/v1/games/demo/rejections',
    '/v1/games/demo/reports/overview',
  ]) {
    assertProblem(await api.app.inject(`${path}?key=${DEMO.admin}`), 401, 'unauthorized')
  }
  const sent = await api.app.inject({
    method: 'POST',
    url: `/v1/events?key=${DEMO.admin}`,
    payload: anEvent(),
  })
  assertProblem(sent, 403, 'forbidden')
  assert.deepEqual([api.readCalls.length, api.batches.length], [0, 0])
})

test('a game is read with its own admin key only', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  for (const route of ['events', 'reports/overview', 'rejections']) {
    const get = (game: string, headers: Record<string, string>) =>
      api.app.inject({ url: `/v1/games/${game}/${route}`, headers })
    assert.equal((await get('demo', bearer(DEMO.admin))).statusCode, 200)
    assert.equal((await get('other', { 'x-api-key': OTHER.admin })).statusCode, 200)
    assertProblem(await get('demo', bearer(DEMO.write)), 403, 'forbidden')
    assertProblem(await get('demo', bearer(OTHER.admin)), 403, 'forbidden')
    assertProblem(await get('nowhere', bearer(DEMO.admin)), 403, 'forbidden')
    assertProblem(await get('demo', bearer(newKey('admin'))), 401, 'unauthorized')
    assertProblem(await get('demo', {}), 401, 'unauthorized')
  }
  assert.equal(api.readCalls.length, 4)
})
