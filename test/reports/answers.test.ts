// The form of the reports' answers: their schemas, digits, gaps, the rest of a split, and a game in which nothing happened.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { PlayerProfileSchema } from '../../src/contract/player.ts'
import { FunnelSchema, LevelsSchema, RetentionSchema } from '../../src/contract/progress-reports.ts'
import {
  DataQualitySchema,
  OverviewReportSchema,
  type Resources,
  ResourcesSchema,
  type Revenue,
  RevenueSchema,
  SeenPropertiesSchema,
} from '../../src/contract/reports.ts'
import { type Timeseries, TimeseriesSchema } from '../../src/contract/timeseries.ts'
import { storableEvent, storableEvents } from '../batches.ts'
import { gameHistory } from './game-history.ts'
import { openReports } from './reports-system.ts'

const NOW = Date.parse('2026-11-05T12:00:00Z')
const ROUTES: [string, TSchema][] = [
  ['reports/overview', OverviewReportSchema],
  ['reports/timeseries?figure=events', TimeseriesSchema],
  ['reports/timeseries?figure=events&split=name', TimeseriesSchema],
  ['reports/timeseries?figure=purchases&split=platform', TimeseriesSchema],
  ['reports/timeseries?figure=purchases&split=properties.product_id', TimeseriesSchema],
  ['reports/timeseries?figure=revenue&interval=hour', TimeseriesSchema],
  ['reports/timeseries?figure=new_players&interval=minute', TimeseriesSchema],
  ['reports/retention', RetentionSchema],
  ['reports/retention?by=week', RetentionSchema],
  ['reports/levels', LevelsSchema],
  ['reports/funnel?step=level_start&step=level_complete', FunnelSchema],
  ['reports/funnel?step=level_start&step=level_complete&first=in_range', FunnelSchema],
  ['reports/revenue', RevenueSchema],
  ['reports/resources', ResourcesSchema],
  ['reports/data-quality', DataQualitySchema],
  ['properties', SeenPropertiesSchema],
]

const at = (time: string, fields: Parameters<typeof storableEvent>[0] = {}) =>
  storableEvent({ occurred_at: `2026-11-05T${time}Z`, ...fields })

const pointsOf = (body: string) =>
  (JSON.parse(body) as Timeseries).series.map(({ value, points }) => [value, points.map(({ count }) => count)])

test('answers are what the schemas say, of a game in which much happened and of one in which nothing did', async (t) => {
  const system = await openReports(t, NOW)
  for (const isEmpty of [true, false]) {
    if (!isEmpty) await system.store(gameHistory())
    for (const [path, schema] of ROUTES) {
      const body = JSON.parse(await system.get(path))
      assert.deepEqual([...Value.Errors(schema, body)], [], `${path}: ${JSON.stringify(body).slice(0, 500)}`)
    }
  }
  const profile = JSON.parse(await system.get(`players/${encodeURIComponent('p/3 é')}`))
  assert.deepEqual([...Value.Errors(PlayerProfileSchema, profile)], [])
})

test('of a game in which nothing happened figures are 0, and means are null', async (t) => {
  const system = await openReports(t, NOW)
  const none = {
    players: 0,
    new_players: 0,
    sessions: 0,
    events: 0,
    rejected_events: 0,
    session_seconds: null,
    payers: 0,
    revenue: [],
  }
  assert.deepEqual(JSON.parse(await system.get('reports/overview?from=2026-11-05')), {
    from: '2026-11-05',
    to: '2026-11-05',
    first_event_at: null,
    last_event_at: null,
    current: none,
    previous: none,
    active: { dau: 0, day_before: 0, wau: 0, mau: 0 },
  })
  assert.deepEqual(pointsOf(await system.get('reports/timeseries?figure=players&from=2026-11-04')), [[null, [0, 0]]])
  assert.deepEqual(pointsOf(await system.get('reports/timeseries?figure=revenue')), [])
  assert.deepEqual(pointsOf(await system.get('reports/timeseries?figure=events&split=name')), [])
  const { conversion, currencies } = JSON.parse(await system.get('reports/revenue'))
  assert.deepEqual([conversion, currencies], [null, []])
})

test('today is compared with the same part of the day before', async (t) => {
  const system = await openReports(t, NOW)
  const yesterday = (time: string, player_id: string) =>
    storableEvent({ occurred_at: `2026-11-04T${time}Z`, player_id })
  await system.store([
    at('00:05:00.000', { player_id: 'today' }),
    storableEvent({ occurred_at: '2026-11-03T23:50:00.000Z', player_id: 'since the evening' }),
    yesterday('00:10:00.000', 'since the evening'),
    storableEvent({ occurred_at: '2026-11-03T23:59:59.999Z', player_id: 'only the evening' }),
    yesterday('11:59:59.999', 'before noon'),
    yesterday('12:00:00.000', 'after noon'),
    yesterday('12:10:00.000', 'before noon'),
  ])
  const active = async (to: string) => JSON.parse(await system.get(`reports/overview?to=${to}`)).active
  assert.deepEqual(await active('2026-11-05'), { dau: 1, day_before: 2, wau: 5, mau: 5 })
  assert.deepEqual(await active('2026-11-04'), { dau: 3, day_before: 2, wau: 4, mau: 4 })
})

test('sums beyond 2^53 keep their digits', async (t) => {
  const system = await openReports(t, NOW)
  const paid = { product_id: 'p', currency: 'USD', amount_minor: Number.MAX_SAFE_INTEGER }
  const gained = '{"resource":"coins","amount":999999999999999.25}'
  await system.store([
    ...storableEvents(3, (index) => at(`10:00:0${index}.000`, { name: 'purchase', properties: JSON.stringify(paid) })),
    ...storableEvents(30, () => at('10:00:00.000', { name: 'resource_source', properties: gained })),
  ])
  const sum = '27021597764222973'
  const text = async (path: string) => (await system.get(path)).replaceAll(' ', '')
  for (const path of ['reports/overview', 'reports/revenue', 'players/player-1']) {
    assert.ok((await text(path)).includes(`"amount_minor":${sum}`), path)
  }
  assert.ok((await text('reports/timeseries?figure=revenue')).includes(`"count":${sum}`))
  assert.ok((await text('reports/resources')).includes('"source":29999999999999977.50'))
})

test('a split has the ten largest, the rest as one, and those without a value as null', async (t) => {
  const system = await openReports(t, NOW)
  const events = Array.from({ length: 12 }, (_, index) =>
    storableEvents(13 - index, (number) =>
      at('10:20:00.000', {
        platform: `platform ${index}`,
        player_id: `player ${number}`,
        properties: JSON.stringify({ at: index }),
      }),
    ),
  ).flat()
  await system.store([...events, ...storableEvents(20, () => at('10:21:00.000'))])
  const range = 'from=2026-11-05T10:20:00Z&to=2026-11-05T10:22:00Z&interval=minute'
  const split = async (figure: string, by: string) =>
    pointsOf(await system.get(`reports/timeseries?figure=${figure}&split=${by}&${range}`))
  const largest = (name: string) => Array.from({ length: 9 }, (_, index) => [name + index, [13 - index, 0]])
  assert.deepEqual(await split('events', 'platform'), [
    [null, [0, 20]],
    ...largest('platform '),
    ['(other)', [4 + 3 + 2, 0]],
  ])
  assert.deepEqual((await split('events', 'properties.at')).slice(0, 10), [[null, [0, 20]], ...largest('')])
  // A player of several of the rest is one player of the rest.
  assert.deepEqual(await split('players', 'platform'), [
    ...Array.from({ length: 10 }, (_, index) => [`platform ${index}`, [13 - index, 0]]),
    ['(other)', [3, 1]],
  ])
})

test('by minute from any time to any other, taken to whole minutes', async (t) => {
  const system = await openReports(t, NOW)
  await system.store([at('09:59:59.999999'), at('10:00:00.000'), at('10:01:59.999999'), at('10:02:00.000')])
  const body = await system.get(
    'reports/timeseries?figure=events&interval=minute&from=2026-11-05T10:00:30Z&to=2026-11-05T11:01:01%2B01:00',
  )
  assert.deepEqual(JSON.parse(body).series, [
    {
      value: null,
      points: [
        { at: '2026-11-05T10:00:00Z', count: 1 },
        { at: '2026-11-05T10:01:00Z', count: 1 },
      ],
    },
  ])
})

test('revenue and resources list every day of the range, and items with the largest amount first', async (t) => {
  const system = await openReports(t, NOW)
  const paid = JSON.stringify({ product_id: 'p', currency: 'USD', amount_minor: 5 })
  const gained = (item: string, amount: number) => ({
    name: 'resource_source',
    properties: JSON.stringify({ resource: 'coins', item, amount }),
  })
  await system.store([
    at('10:00:00.000', { name: 'purchase', properties: paid }),
    ...[gained('a', 1), gained('b', 7), gained('c', 3)].map((fields) => at('10:00:00.000', fields)),
  ])
  const range = 'from=2026-11-04&to=2026-11-06'
  const { currencies } = JSON.parse(await system.get(`reports/revenue?${range}`)) as Revenue
  assert.deepEqual(currencies[0]?.days, [
    { day: '2026-11-04', amount_minor: 0, purchases: 0, payers: 0 },
    { day: '2026-11-05', amount_minor: 5, purchases: 1, payers: 1 },
    { day: '2026-11-06', amount_minor: 0, purchases: 0, payers: 0 },
  ])
  const { resources } = JSON.parse(await system.get(`reports/resources?${range}`)) as Resources
  assert.deepEqual(resources[0]?.days, [
    { day: '2026-11-04', source: 0, sink: 0 },
    { day: '2026-11-05', source: 11, sink: 0 },
    { day: '2026-11-06', source: 0, sink: 0 },
  ])
  assert.deepEqual(
    resources[0]?.items.map(({ item }) => item),
    ['b', 'c', 'a'],
  )
})
