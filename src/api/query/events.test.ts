// The reading routes: the arguments of the reading functions, and the queries that are refused.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem, DEMO, openTestApp, type TestApp } from '../../../test/test-app.ts'
import { UnreadableCursor } from '../../storage/postgres/cursor.ts'

const read = ({ app }: TestApp, path: string) =>
  app.inject({ url: `/v1/games/demo/${path}`, headers: { authorization: `Bearer ${DEMO.admin}` } })

const NO_FILTER = {
  from: undefined,
  to: undefined,
  name: undefined,
  player_id: undefined,
  session_id: undefined,
  country: undefined,
  seq: undefined,
}
const FIRST_PAGE = { limit: 100, cursor: undefined }

const READ: [string, unknown[]][] = [
  ['events', [1, NO_FILTER, FIRST_PAGE]],
  ['events?name=level_complete', [1, { ...NO_FILTER, name: 'level_complete' }, FIRST_PAGE]],
  ['events?name=a%20%C3%A9%F0%9F%98%80%26', [1, { ...NO_FILTER, name: 'a é😀&' }, FIRST_PAGE]],
  ['events?name=', [1, { ...NO_FILTER, name: '' }, FIRST_PAGE]],
  // A filter is always text.
  ['events?player_id=007', [1, { ...NO_FILTER, player_id: '007' }, FIRST_PAGE]],
  ['events?player_id=76561197960287930123', [1, { ...NO_FILTER, player_id: '76561197960287930123' }, FIRST_PAGE]],
  ['events?session_id=null', [1, { ...NO_FILTER, session_id: 'null' }, FIRST_PAGE]],
  ['events?country=de&seq=7', [1, { ...NO_FILTER, country: 'de', seq: 7 }, FIRST_PAGE]],
  ['events?limit=1&cursor=abc', [1, NO_FILTER, { limit: 1, cursor: 'abc' }]],
  ['events?limit=1000', [1, NO_FILTER, { limit: 1_000, cursor: undefined }]],
  [
    'events?from=2026-11-22T09:30:00%2B01:00&to=2026-11-23T00:00:00.000001Z',
    [1, { ...NO_FILTER, from: '2026-11-22T08:30:00.000Z', to: '2026-11-23T00:00:00.000001Z' }, FIRST_PAGE],
  ],
  [
    'rejections/list?limit=7&cursor=abc&name=n',
    [1, { limit: 7, cursor: 'abc' }, { reason: undefined, name: 'n', app_version: undefined }],
  ],
]

test('the reading function gets the values of the query', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  for (const [path, call] of READ) {
    const response = await read(api, path)
    assert.equal(response.statusCode, 200, `${path}: ${response.body}`)
    assert.match(String(response.headers['content-type']), /^application\/json/)
    assert.deepEqual(api.readCalls.pop(), call, path)
  }
})

test('the answer has the text of the database', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  const { body } = await read(api, 'events')
  assert.equal(body, '{"events":[{"properties":{"steam_id":76561197960287930123}}],"next_cursor":"more"}')
})

const REFUSED = [
  'events?name=%00',
  'events?player_id=a%00b',
  'events?session_id=%00',
  'events?name=a&name=b',
  'events?cursor=a&cursor=b',
  'events?limit=0',
  'events?seq=9007199254740992',
  'events?seq=1e308',
  'events?limit=1001',
  'events?limit=-1',
  'events?limit=x',
  'events?limit=',
  'events?limit=1&limit=2',
  'events?from=yesterday',
  'events?from=2026-11-22',
  'events?from=2026-11-22T09:30:00',
  'events?from=2026-11-22T09:30:00+01:00', // a plus sign in a query is a space
  'events?from=2026-02-30T00:00:00Z',
  'events?to=2026-11-22T09:30:00Z[Europe/Berlin]',
  'events?to=',
  'events?player=p',
  'events?__proto__=x',
  'rejections/list?from=2026-11-22T09:30:00Z',
  'rejections/list?limit=5000',
]

test('an invalid query is answered 400, and nothing is read', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  for (const path of REFUSED) {
    await t.test(path, async () => {
      assertProblem(await read(api, path), 400, 'invalid_query')
    })
  }
  assert.deepEqual(api.readCalls, [])
})

test('a cursor that storage cannot read is answered 400', async (t) => {
  const api = await openTestApp({ readEvents: () => Promise.reject(new UnreadableCursor()) })
  t.after(() => api.close())
  assert.equal(assertProblem(await read(api, 'events?cursor=x'), 400, 'invalid_query').path, '/cursor')
})
