// The metrics' routes: what of a query reaches the reading functions, and what is refused before.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem, DEMO, metricReaderParts, openTestApp, type TestApp } from '../../../test/test-app.ts'

const NOW = Date.parse('2026-11-22T10:30:30.500Z')
const RANGE = { from: '2026-11-01', to: '2026-11-07' }
const WEEK = 'from=2026-11-01&to=2026-11-07'
const LAST_30 = { from: '2026-10-24', to: '2026-11-22' }

const read = ({ app }: TestApp, path: string) =>
  app.inject({ url: `/v1/games/demo/${path}`, headers: { authorization: `Bearer ${DEMO.admin}` } })

const series = (metric: string, interval: string, from: string, to: string, more: object = {}) => [
  'timeseries',
  1,
  { metric, interval, from, to, name: undefined, split: undefined, ...more },
]

const [OCT_24, NOV_01, NOV_08, NOV_23] = ['10-24', '11-01', '11-08', '11-23'].map(
  (day) => `2026-${day}T00:00:00.000Z`,
) as [string, string, string, string]

const READ: [string, unknown[]][] = [
  ['metrics/overview', ['overview', 1, LAST_30]],
  [`metrics/overview?${WEEK}`, ['overview', 1, RANGE]],
  ['metrics/overview?to=2026-11-07', ['overview', 1, { from: '2026-10-09', to: '2026-11-07' }]],
  ['metrics/overview?from=2026-11-22', ['overview', 1, { from: '2026-11-22', to: '2026-11-22' }]],
  ['metrics/overview?from=2025-10-19', ['overview', 1, { from: '2025-10-19', to: '2026-11-22' }]],
  ['metrics/levels', ['levels', 1, LAST_30, '2026-11-22']],
  [`metrics/revenue?${WEEK}`, ['revenue', 1, RANGE]],
  [`metrics/resources?${WEEK}`, ['resources', 1, RANGE]],
  ['metrics/retention', ['retention', 1, LAST_30, 'day', '2026-11-22']],
  [`metrics/retention?by=week&${WEEK}`, ['retention', 1, RANGE, 'week', '2026-11-22']],
  ['metrics/funnel?step=b&step=a', ['funnel', 1, LAST_30, ['b', 'a'], 168]],
  [`metrics/funnel?step=a&step=%C3%A9&window_hours=1&${WEEK}`, ['funnel', 1, RANGE, ['a', 'é'], 1]],
  ['properties', ['properties', 1, LAST_30, undefined]],
  [`properties?name=a&${WEEK}`, ['properties', 1, RANGE, 'a']],

  ['metrics/timeseries?metric=events', series('events', 'day', OCT_24, NOV_23)],
  [`metrics/timeseries?metric=players&${WEEK}`, series('players', 'day', NOV_01, NOV_08)],
  [`metrics/timeseries?metric=revenue&interval=hour&${WEEK}`, series('revenue', 'hour', NOV_01, NOV_08)],
  [
    'metrics/timeseries?metric=events&interval=minute',
    series('events', 'minute', '2026-11-21T10:31:00.000Z', '2026-11-22T10:31:00.000Z'),
  ],
  [
    'metrics/timeseries?metric=events&interval=hour&from=2026-11-22T07:59:59Z&to=2026-11-22T10:00:01%2B01:00',
    series('events', 'hour', '2026-11-22T07:00:00.000Z', '2026-11-22T10:00:00.000Z'),
  ],
  [
    'metrics/timeseries?metric=sessions&interval=minute&from=2026-11-22T07:59:30Z&to=2026-11-22T09:00:00Z',
    series('sessions', 'minute', '2026-11-22T07:59:00.000Z', '2026-11-22T09:00:00.000Z'),
  ],
  [
    `metrics/timeseries?metric=events&name=a%26&split=properties.a.b%20c&${WEEK}`,
    series('events', 'day', NOV_01, NOV_08, { name: 'a&', split: 'properties.a.b c' }),
  ],
  // Read from rollups, so that it may be long.
  [
    'metrics/timeseries?metric=events&split=platform&from=2026-01-01&to=2026-11-07',
    series('events', 'day', '2026-01-01T00:00:00.000Z', NOV_08, { split: 'platform' }),
  ],
  ['players/p-1', ['player', 1, 'p-1']],
  [`players/${encodeURIComponent('a/b?c=%&é😀 #')}`, ['player', 1, 'a/b?c=%&é😀 #']],
  [`players/${encodeURIComponent('😀'.repeat(128))}`, ['player', 1, '😀'.repeat(128)]],
]

test('a query reaches the reading function as it was meant, and JSON goes out as it was read', async (t) => {
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
  ['metrics/overview?from=2026-11-22T00:00:00Z', '/from'],
  ['metrics/overview?from=2026-02-30', '/from'],
  ['metrics/overview?from=yesterday', '/from'],
  ['metrics/overview?from=', '/from'],
  ['metrics/overview?from=1999-12-31&to=2000-01-03', '/from'],
  ['metrics/overview?from=0000-01-01', '/from'],
  ['metrics/overview?to=9999-01-01', '/to'],
  ['metrics/overview?to=+010000-01-01', '/to'],
  ['metrics/overview?from=2026-11-08&to=2026-11-07', '/from'],
  ['metrics/overview?from=2026-11-23', '/from'],
  ['metrics/overview?from=2025-10-18', '/from'],
  ['metrics/overview?from=2026-11-01&from=2026-11-02', '/from'],
  ['metrics/overview?name=a', '/name'],
  ['metrics/levels?from=x', '/from'],
  ['metrics/revenue?to=x', '/to'],
  ['metrics/resources?from=x', '/from'],
  ['metrics/retention?by=month', '/by'],
  ['metrics/retention?from=x', '/from'],
  ['metrics/funnel', ''],
  ['metrics/funnel?step=a', '/step'],
  ['metrics/funnel?step=a&step=a', '/step'],
  ['metrics/funnel?step=a&step=', '/step/1'],
  ['metrics/funnel?step=a&step=%00', '/step/1'],
  [`metrics/funnel?${'abcdefghijk'.replace(/./g, 'step=$&&')}`, '/step'],
  ['metrics/funnel?step=a&step=b&window_hours=0', '/window_hours'],
  ['metrics/funnel?step=a&step=b&window_hours=9601', '/window_hours'],
  ['metrics/funnel?step=a&step=b&window_hours=x', '/window_hours'],
  ['properties?name=%00', '/name'],
  ['metrics/timeseries', ''],
  ['metrics/timeseries?metric=dau', '/metric'],
  ['metrics/timeseries?metric=events&interval=month', '/interval'],
  ['metrics/timeseries?metric=events&split=player_id', '/split'],
  ['metrics/timeseries?metric=events&split=properties.', '/split'],
  ['metrics/timeseries?metric=events&split=properties.%00', '/split'],
  ['metrics/timeseries?metric=events&name=%00', '/name'],
  ['metrics/timeseries?metric=sessions&split=platform', '/split'],
  ['metrics/timeseries?metric=revenue&split=platform', '/split'],
  ['metrics/timeseries?metric=purchases&name=purchase', '/name'],
  ['metrics/timeseries?metric=events&from=2026-11-22T00:00:00Z', '/from'],
  ['metrics/timeseries?metric=events&interval=hour&from=2026-11-22T00:00:00', '/from'],
  ['metrics/timeseries?metric=events&interval=hour&from=1970-01-01T00:00:00Z', '/from'],
  ['metrics/timeseries?metric=events&interval=hour&to=9999-06-01T00:00:00Z', '/to'],
  [
    'metrics/timeseries?metric=events&interval=hour&from=2026-11-22T09:00:00Z&to=2026-11-22T09:00:00Z',
    '/from',
  ],
  ['metrics/timeseries?metric=events&interval=hour&from=2026-08-01', '/from'],
  ['metrics/timeseries?metric=events&interval=minute&from=2026-11-21', '/from'],
  ['metrics/timeseries?metric=events&from=2022-01-01', '/from'],
  [`metrics/timeseries?metric=events&split=properties.level&${EVENTS_OF_32_DAYS}`, '/from'],
  [`metrics/timeseries?metric=players&interval=hour&${EVENTS_OF_32_DAYS}`, '/from'],
  [`metrics/timeseries?metric=players&name=a&${EVENTS_OF_32_DAYS}`, '/from'],
  [`metrics/timeseries?metric=players&split=platform&${EVENTS_OF_32_DAYS}`, '/from'],
  ['players/a%00b', '/player_id'],
  [`players/${'p'.repeat(129)}`, '/player_id'],
]

test('a query that cannot be meant is 400 with the path, and nothing is read', async (t) => {
  const api = await openTestApp({ now: () => NOW })
  t.after(() => api.close())
  for (const [path, pointer] of REFUSED) {
    await t.test(path, async () => {
      assert.equal(assertProblem(await read(api, path), 400, 'invalid_query').path, pointer)
    })
  }
  assert.deepEqual(api.readCalls, [])
})

test('a player of whom nothing is stored is 404, and so is one whose id no player can have', async (t) => {
  const readers = { ...metricReaderParts([]), player: async () => undefined }
  const api = await openTestApp({ metricReaders: readers })
  t.after(() => api.close())
  assertProblem(await read(api, 'players/nobody'), 404, 'not_found')
  assertProblem(await read(api, `players/${'p'.repeat(2_000)}`), 404, 'not_found')
})
