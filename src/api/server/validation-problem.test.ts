// An invalid request is answered with the part that is wrong, and with what it must be.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem, DEMO, openTestApp } from '../../../test/test-app.ts'

const QUERIES: [string, string, string][] = [
  ['events?limit=0', '/limit', 'limit must be at least 1.'],
  ['events?limit=1001', '/limit', 'limit must be at most 1000.'],
  ['events?limit=x', '/limit', 'limit must be a whole number.'],
  ['events?foo=1', '/foo', 'foo is not a field or parameter of this route.'],
  ['events?name=a%00', '/name', 'name must be a string without U+0000.'],
  ['events?from=', '/from', 'from must be an RFC 3339 time with a zone, such as 2026-11-22T09:30:00Z.'],
  ['reports/overview?from=2026', '/from', 'from must be a UTC day, such as 2026-11-22.'],
  ['reports/timeseries', '/figure', 'figure is required.'],
  [
    'reports/timeseries?figure=x',
    '/figure',
    'figure must be one of events, players, new_players, sessions, purchases, revenue.',
  ],
  [
    'reports/timeseries?figure=events&split=x',
    '/split',
    'split must be name, platform, app_version or properties.<key>.',
  ],
  ['reports/funnel?step=a', '/step', 'step must not have fewer than 2 items.'],
  ['reports/funnel?step=a&step=', '/step/1', 'step/1 must be a string of at least one character, without U+0000.'],
  ['rejections?foo=1', '/foo', 'foo is not a field or parameter of this route.'],
  ['players/p?foo=1', '/foo', 'foo is not a field or parameter of this route.'],
  ['/v1/key?foo=1', '/foo', 'foo is not a field or parameter of this route.'],
  ['/v1/downloads/x?foo=1', '/foo', 'foo is not a field or parameter of this route.'],
]

const PATHS: [string, string, string][] = [
  ['events/x', '/event_id', 'event_id must be a UUID.'],
  ['rejections/x', '/rejection_id', 'rejection_id must be a UUID.'],
  ['players/%00', '/player_id', 'player_id must be a string without U+0000.'],
]

const BODIES: [unknown, string, string][] = [
  [[], '', 'The body must be an object.'],
  [{ ids: 5 }, '/ids', 'ids must be an array.'],
  [{ ids: ['x'] }, '/ids/0', 'ids/0 must be a UUID.'],
  [{ group: {} }, '/group/reason', 'group/reason is required.'],
  [{ zz: 1 }, '/zz', 'zz is not a field or parameter of this route.'],
  [
    { rename: { from: 'x', to: '/a' } },
    '/rename/from',
    'rename/from must be a JSON Pointer, such as /lvl or /properties/lvl.',
  ],
]

const headers = { authorization: `Bearer ${DEMO.admin}` }
const REPLAY = '/v1/games/demo/rejections/replay'

test('a wrong part of the path, the query or the body is named with its rule', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  const urlOf = (path: string) => (path.startsWith('/') ? path : `/v1/games/demo/${path}`)
  for (const [code, cases] of [
    ['invalid_query', QUERIES],
    ['invalid_path', PATHS],
  ] as const)
    for (const [path, pointer, detail] of cases) {
      const problem = assertProblem(await api.app.inject({ url: urlOf(path), headers }), 400, code)
      assert.deepEqual([problem.path, problem.detail], [pointer, detail], path)
    }
  for (const [payload, pointer, detail] of BODIES) {
    const response = await api.app.inject({ method: 'POST', url: REPLAY, headers, payload: payload as object })
    const problem = assertProblem(response, 400, 'invalid_body')
    assert.deepEqual([problem.path, problem.detail], [pointer, detail])
  }
  assert.deepEqual(api.logLines, [])
})

test('a body that is not JSON, compressed, or of another type is refused with the reason', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  const send = (payload: string, more: object) =>
    api.app.inject({ method: 'POST', url: REPLAY, headers: { ...headers, ...more }, payload })
  const json = { 'content-type': 'application/json' }
  for (const text of ['{bad', ''])
    assert.equal(assertProblem(await send(text, json), 400, 'invalid_body').detail, 'The body is not JSON.')
  const gzipped = await send('xx', { ...json, 'content-encoding': 'gzip' })
  assertProblem(gzipped, 415, 'unsupported_content_encoding')
  const ndjson = await send('{}', { 'content-type': 'application/x-ndjson' })
  assert.equal(assertProblem(ndjson, 415, 'unsupported_content_type').detail, 'Content-Type must be application/json.')
})
