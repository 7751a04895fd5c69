// The routes of the reports: the arguments of the reading functions, and the queries that are refused.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEnd } from '../../../test/on-end.ts'
import { openFreshDatabase } from '../../../test/stores.ts'
import { assertProblem, DEMO, openTestApp, reportReaderParts, type TestApp } from '../../../test/test-app.ts'
import { reportReaders } from '../../storage/reports/report-readers.ts'

const NOW = Date.parse('2026-11-22T10:30:30.500Z')
const RANGE = { from: '2026-11-01', to: '2026-11-07' }
const WEEK = 'from=2026-11-01&to=2026-11-07'
const LAST_30 = { from: '2026-10-24', to: '2026-11-22' }

const read = ({ app }: TestApp, path: string) =>
  app.inject({ url: `/v1/games/demo/${path}`, headers: { authorization: `Bearer ${DEMO.admin}` } })

const series = (figure: string, interval: string, from: string, to: string, more: object = {}) => [
  'timeseries',
  1,
  { figure, interval, from, to, name: undefined, split: undefined, ...more },
]

const [OCT_24, NOV_01, NOV_08, NOV_23] = ['10-24', '11-01', '11-08', '11-23'].map(
  (day) => `2026-${day}T00:00:00.000Z`,
) as [string, string, string, string]

const READ: [string, unknown[]][] = [
  ['reports/overview', ['overview', 1, LAST_30, NOW]],
  [`reports/overview?${WEEK}`, ['overview', 1, RANGE, NOW]],
  ['reports/overview?to=2026-11-07', ['overview', 1, { from: '2026-10-09', to: '2026-11-07' }, NOW]],
  ['reports/overview?from=2026-11-22', ['overview', 1, { from: '2026-11-22', to: '2026-11-22' }, NOW]],
  ['reports/overview?from=2025-10-19', ['overview', 1, { from: '2025-10-19', to: '2026-11-22' }, NOW]],
  ['reports/levels', ['levels', 1, LAST_30, '2026-11-22', 3]],
  ['reports/levels?stopped_after_days=14', ['levels', 1, LAST_30, '2026-11-22', 14]],
  [`reports/revenue?${WEEK}`, ['revenue', 1, RANGE]],
  [`reports/resources?${WEEK}`, ['resources', 1, RANGE]],
  ['reports/retention', ['retention', 1, LAST_30, 'day', '2026-11-22']],
  [`reports/retention?by=week&${WEEK}`, ['retention', 1, RANGE, 'week', '2026-11-22']],
  ['reports/funnel?step=b&step=a', ['funnel', 1, LAST_30, ['b', 'a'], 168]],
  [`reports/funnel?step=a&step=%C3%A9&window_hours=1&${WEEK}`, ['funnel', 1, RANGE, ['a', 'é'], 1]],
  ['reports/funnel?step=b&step=a&first=in_range', ['funnelInRange', 1, LAST_30, ['b', 'a'], 168]],
  ['properties', ['properties', 1, LAST_30, undefined]],
  [`properties?name=a&${WEEK}`, ['properties', 1, RANGE, 'a']],

  ['reports/timeseries?figure=events', series('events', 'day', OCT_24, NOV_23)],
  [`reports/timeseries?figure=players&${WEEK}`, series('players', 'day', NOV_01, NOV_08)],
  [`reports/timeseries?figure=revenue&interval=hour&${WEEK}`, series('revenue', 'hour', NOV_01, NOV_08)],
  [
    'reports/timeseries?figure=events&interval=minute',
    series('events', 'minute', '2026-11-21T10:31:00.000Z', '2026-11-22T10:31:00.000Z'),
  ],
  [
    'reports/timeseries?figure=events&interval=hour&from=2026-11-22T07:59:59Z&to=2026-11-22T10:00:01%2B01:00',
    series('events', 'hour', '2026-11-22T07:00:00.000Z', '2026-11-22T10:00:00.000Z'),
  ],
  [
    'reports/timeseries?figure=sessions&interval=minute&from=2026-11-22T07:59:30Z&to=2026-11-22T09:00:00Z',
    series('sessions', 'minute', '2026-11-22T07:59:00.000Z', '2026-11-22T09:00:00.000Z'),
  ],
  [
    `reports/timeseries?figure=events&name=a%26&split=properties.a.b%20c&${WEEK}`,
    series('events', 'day', NOV_01, NOV_08, { name: 'a&', split: 'properties.a.b c' }),
  ],
  // This is read from rollups, so the range may be long.
  [
    'reports/timeseries?figure=events&split=platform&from=2026-01-01&to=2026-11-07',
    series('events', 'day', '2026-01-01T00:00:00.000Z', NOV_08, { split: 'platform' }),
  ],
  ['players/p-1', ['player', 1, 'p-1']],
  [`players/${encodeURIComponent('a/b?c=%&é😀 #')}`, ['player', 1, 'a/b?c=%&é😀 #']],
  [`players/${encodeURIComponent('😀'.repeat(128))}`, ['player', 1, '😀'.repeat(128)]],
]

test('the reading function gets the values of the query, and the answer has its JSON text', async (t) => {
  const api = await openTestApp({ now: () => NOW })
  t.after(() => api.close())
  for (const [path, call] of READ) {
    const response = await read(api, path)
    assert.equal(response.statusCode, 200, `${path}: ${response.body}`)
    assert.match(String(response.headers['content-type']), /^application\/json/)
    assert.equal(response.body, '{"sum":76561197960287930123}')
    assert.deepEqual(api.readCalls.pop(), call, path)
  }
})

const EVENTS_OF_32_DAYS = 'from=2026-10-01&to=2026-11-01'
const REFUSED: [string, path: string][] = [
  ['reports/overview?from=2026-11-22T00:00:00Z', '/from'],
  ['reports/overview?from=2026-02-30', '/from'],
  ['reports/overview?from=yesterday', '/from'],
  ['reports/overview?from=', '/from'],
  ['reports/overview?from=1999-12-31&to=2000-01-03', '/from'],
  ['reports/overview?from=0000-01-01', '/from'],
  ['reports/overview?to=9999-01-01', '/to'],
  ['reports/overview?to=+010000-01-01', '/to'],
  ['reports/overview?from=2026-11-08&to=2026-11-07', '/from'],
  ['reports/overview?from=2026-11-23', '/from'],
  ['reports/overview?from=2025-10-18', '/from'],
  ['reports/overview?from=2026-11-01&from=2026-11-02', '/from'],
  ['reports/overview?name=a', '/name'],
  ['reports/levels?from=x', '/from'],
  ['reports/revenue?to=x', '/to'],
  ['reports/resources?from=x', '/from'],
  ['reports/retention?by=month', '/by'],
  ['reports/retention?from=x', '/from'],
  ['reports/funnel', '/step'],
  ['reports/funnel?step=a', '/step'],
  ['reports/funnel?step=a&step=a', '/step'],
  ['reports/funnel?step=a&step=', '/step/1'],
  ['reports/funnel?step=a&step=%00', '/step/1'],
  [`reports/funnel?${'abcdefghijk'.replace(/./g, 'step=$&&')}`, '/step'],
  ['reports/funnel?step=a&step=b&window_hours=0', '/window_hours'],
  ['reports/funnel?step=a&step=b&window_hours=9601', '/window_hours'],
  ['reports/funnel?step=a&step=b&window_hours=x', '/window_hours'],
  ['reports/funnel?step=a&step=b&first=always', '/first'],
  [`reports/funnel?step=a&step=b&first=in_range&${EVENTS_OF_32_DAYS}`, '/from'],
  ['reports/levels?stopped_after_days=0', '/stopped_after_days'],
  ['reports/levels?stopped_after_days=91', '/stopped_after_days'],
  ['properties?name=%00', '/name'],
  ['reports/timeseries', '/figure'],
  ['reports/timeseries?figure=dau', '/figure'],
  ['reports/timeseries?figure=events&interval=month', '/interval'],
  ['reports/timeseries?figure=events&split=player_id', '/split'],
  ['reports/timeseries?figure=events&split=properties.', '/split'],
  ['reports/timeseries?figure=events&split=properties.%00', '/split'],
  ['reports/timeseries?figure=events&name=%00', '/name'],
  ['reports/timeseries?figure=sessions&split=platform', '/split'],
  ['reports/timeseries?figure=revenue&split=platform', '/split'],
  ['reports/timeseries?figure=purchases&name=purchase', '/name'],
  ['reports/timeseries?figure=events&from=2026-11-22T00:00:00Z', '/from'],
  ['reports/timeseries?figure=events&interval=hour&from=2026-11-22T00:00:00', '/from'],
  ['reports/timeseries?figure=events&interval=hour&from=1970-01-01T00:00:00Z', '/from'],
  ['reports/timeseries?figure=events&interval=hour&to=9999-06-01T00:00:00Z', '/to'],
  ['reports/timeseries?figure=events&interval=hour&from=2026-11-22T09:00:00Z&to=2026-11-22T09:00:00Z', '/from'],
  ['reports/timeseries?figure=events&interval=hour&from=2026-08-01', '/from'],
  ['reports/timeseries?figure=events&interval=minute&from=2026-11-21', '/from'],
  ['reports/timeseries?figure=events&from=2022-01-01', '/from'],
  [`reports/timeseries?figure=events&split=properties.level&${EVENTS_OF_32_DAYS}`, '/from'],
  [`reports/timeseries?figure=players&interval=hour&${EVENTS_OF_32_DAYS}`, '/from'],
  [`reports/timeseries?figure=players&name=a&${EVENTS_OF_32_DAYS}`, '/from'],
  [`reports/timeseries?figure=players&split=platform&${EVENTS_OF_32_DAYS}`, '/from'],
]

test('an invalid query is answered 400 with the path, and nothing is read', async (t) => {
  const api = await openTestApp({ now: () => NOW })
  t.after(() => api.close())
  for (const [path, pointer] of REFUSED) {
    await t.test(path, async () => {
      assert.equal(assertProblem(await read(api, path), 400, 'invalid_query').path, pointer)
    })
  }
  assert.deepEqual(api.readCalls, [])
})

test('an invalid player id is answered 400', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  for (const id of ['a%00b', 'p'.repeat(129)])
    assert.equal(assertProblem(await read(api, `players/${id}`), 400, 'invalid_path').path, '/player_id')
  assert.deepEqual(api.readCalls, [])
})

test('a player without events and an impossible player id are answered 404', async (t) => {
  const readers = { ...reportReaderParts([]), player: async () => undefined }
  const api = await openTestApp({ reportReaders: readers })
  t.after(() => api.close())
  assertProblem(await read(api, 'players/nobody'), 404, 'not_found')
  assertProblem(await read(api, `players/${'p'.repeat(2_000)}`), 404, 'not_found')
})

test('a report that takes too long is answered 504, and only a report with a range advises a shorter range', async (t) => {
  const { database } = await openFreshDatabase(t)
  const api = await openTestApp({ reportReaders: reportReaders(database) })
  onEnd(t, () => api.close())
  const locker = await database.connect()
  onEnd(t, async () => locker.release(true))
  await locker.query('begin; lock table playtrace.hourly_events, playtrace.players in access exclusive mode')
  const [ranged, ofPlayer] = await Promise.all([read(api, 'reports/overview'), read(api, 'players/p-1')])
  for (const answer of [ranged, ofPlayer]) assert.equal(answer.headers['retry-after'], undefined)
  assert.match(assertProblem(ranged, 504, 'query_timeout').detail, /shorter range/)
  assert.doesNotMatch(assertProblem(ofPlayer, 504, 'query_timeout').detail, /range/)
})
