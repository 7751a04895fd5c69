// Standard events: the properties that fit, the first one that does not, and docs/events.md, which must agree.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { BELIEVED } from '../../test/batches.ts'
import { AMOUNT_MINOR_MAX, SEVERITIES, STANDARD_EVENTS } from '../contract/standard-events.ts'
import { acceptEvents } from './accept-events.ts'
import { mismatchOf } from './observe-properties.ts'

const PURCHASE = { product_id: 'coins', currency: 'EUR', amount_minor: 99 }
const SOURCE = { resource: 'coins', amount: 5 }

const FITS: [string, Record<string, unknown> | undefined][] = [
  ['session_start', undefined],
  ['session_end', { reason: 'closed' }],
  ['ad_impression', {}],
  ['level_start', { level: 0 }],
  ['level_start', { level: 1_000_000, attempt: 1, own: { level: 'x' } }],
  ['level_start', { level: 'world01:level02' }],
  ['level_start', { level: '🗺'.repeat(64) }],
  ['level_complete', { level: 3, attempt: null, score: null, duration_ms: null }],
  ['level_fail', { level: 3, attempt: 2, score: -1.5, duration_ms: 0 }],
  ['purchase', PURCHASE],
  ['purchase', { ...PURCHASE, amount_minor: -AMOUNT_MINOR_MAX, transaction_id: 't'.repeat(200) }],
  ['purchase', { ...PURCHASE, product_id: '💎'.repeat(100) }],
  ['resource_source', { ...SOURCE, amount: 0.001, item: 'gift' }],
  ['resource_sink', SOURCE],
  ['error', undefined],
  ...SEVERITIES.map((severity): [string, object & Record<string, unknown>] => ['error', { severity, message: '' }]),
  ['level_up', { level: 'no standard event' }],
  ['toString', { level: 'no standard event' }],
]

const DOES_NOT_FIT: [string, Record<string, unknown> | undefined, string][] = [
  ['level_start', undefined, '/properties/level'],
  ['level_start', { attempt: 0 }, '/properties/level'],
  ['level_start', { level: null }, '/properties/level'],
  ['level_start', { level: '' }, '/properties/level'],
  ['level_start', { level: 'x'.repeat(65) }, '/properties/level'],
  ['level_start', { level: true }, '/properties/level'],
  ['level_start', { level: ['1'] }, '/properties/level'],
  ['level_start', { level: 1.5 }, '/properties/level'],
  ['level_start', { level: -1 }, '/properties/level'],
  ['level_start', { level: 1_000_001 }, '/properties/level'],
  ['level_start', { level: 1, attempt: 0 }, '/properties/attempt'],
  ['level_complete', { level: 1, duration_ms: -1 }, '/properties/duration_ms'],
  ['level_fail', { level: 1, score: '5', duration_ms: -1 }, '/properties/score'],
  ['purchase', {}, '/properties/product_id'],
  ['purchase', { ...PURCHASE, product_id: '' }, '/properties/product_id'],
  ['purchase', { ...PURCHASE, product_id: 'x'.repeat(101) }, '/properties/product_id'],
  ['purchase', { ...PURCHASE, currency: 'eur' }, '/properties/currency'],
  ['purchase', { ...PURCHASE, currency: 'EURO' }, '/properties/currency'],
  ['purchase', { ...PURCHASE, currency: 'EUR\n' }, '/properties/currency'],
  ['purchase', { ...PURCHASE, amount_minor: 0.99 }, '/properties/amount_minor'],
  ['purchase', { ...PURCHASE, amount_minor: AMOUNT_MINOR_MAX + 1 }, '/properties/amount_minor'],
  ['purchase', { ...PURCHASE, transaction_id: 5 }, '/properties/transaction_id'],
  ['resource_source', { amount: 5 }, '/properties/resource'],
  ['resource_source', { ...SOURCE, amount: 0 }, '/properties/amount'],
  ['resource_sink', { ...SOURCE, amount: -5 }, '/properties/amount'],
  ['resource_sink', { ...SOURCE, amount: 2e15 }, '/properties/amount'],
  ['resource_sink', { ...SOURCE, amount: Infinity }, '/properties/amount'],
  ['resource_sink', { ...SOURCE, item: 'e\u0301'.repeat(51) }, '/properties/item'],
  ['error', { severity: 'fatal' }, '/properties/severity'],
  ['error', { message: { text: 'x' } }, '/properties/message'],
]

test('properties fit, or the mismatch is the first one that does not, in the order of docs/events.md', () => {
  for (const [name, properties] of FITS)
    assert.equal(mismatchOf(name, properties), undefined, JSON.stringify([name, properties]))
  for (const [name, properties, path] of DOES_NOT_FIT)
    assert.equal(mismatchOf(name, properties), path, JSON.stringify([name, properties]))
})

const BY_DIGITS: [string, string, string | undefined][] = [
  ['purchase', '{"product_id":"p","currency":"CHF","amount_minor":199.99999999999999999}', '/properties/amount_minor'],
  ['purchase', '{"product_id":"p","currency":"CHF","amount_minor":9007199254740991.4}', '/properties/amount_minor'],
  ['purchase', '{"product_id":"p","currency":"CHF","amount_minor":200.00000000000000000}', undefined],
  ['purchase', '{"product_id":"p","currency":"CHF","amount_minor":2e2}', undefined],
  ['level_complete', '{"level":6.9999999999999999999999}', '/properties/level'],
  ['level_complete', '{"level":1e-400}', '/properties/level'],
  ['level_complete', '{"level":1,"attempt":1.00000000000000000001}', '/properties/attempt'],
  ['resource_source', '{"resource":"dust","amount":1000000000000000.01}', '/properties/amount'],
  ['resource_source', '{"resource":"dust","amount":1e-400}', undefined],
  ['resource_source', '{"resource":"dust","amount":0.00000000000000000001}', undefined],
]

test('numbers are judged by the digits that were sent, as the rollups read them', () => {
  for (const [name, json, path] of BY_DIGITS) assert.equal(mismatchOf(name, JSON.parse(json), json), path, json)
})

test('an event with a mismatch is accepted, and its properties are not changed', () => {
  const text = '[{"name":"level_start","player_id":"p","properties":{"level":-3}},{"name":"x","player_id":"p"}]'
  const context = {
    gameId: 1,
    believed: BELIEVED,
    keyNo: null,
    keyFingerprint: null,
    receivedAtMs: 0,
    newId: () => 'id',
  }
  const { events, verdicts } = acceptEvents({ bytes: Buffer.from(text), form: 'json' }, context)
  assert.deepEqual(verdicts, [])
  assert.deepEqual(
    events.map(({ mismatch, properties }) => ({ mismatch, properties })),
    [
      { mismatch: '/properties/level', properties: '{"level":-3}' },
      { mismatch: undefined, properties: '{}' },
    ],
  )
  assert.ok(!Object.hasOwn(events[1] ?? {}, 'mismatch'))
})

interface Section {
  name: string
  rows: string[]
  example: string
}

const PAGE = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8')
const SECTIONS = PAGE.split(/^## /m)
  .slice(1)
  .map(
    (text): Section => ({
      name: text.slice(0, text.indexOf('\n')),
      rows: text.match(/^\| `.*$/gm) ?? [],
      example: /^```json\n(.*)\n```$/m.exec(text)?.[1] ?? assert.fail(`an example in ${text}`),
    }),
  )

test('docs/events.md has a section for each standard event, and its table is the schema', () => {
  assert.deepEqual(
    SECTIONS.map(({ name }) => name),
    Object.keys(STANDARD_EVENTS),
  )
  for (const [index, schema] of Object.values(STANDARD_EVENTS).entries()) {
    const required = new Set<string>(schema.required)
    const properties: [string, { description?: string }][] = Object.entries(schema.properties)
    const rows = properties.map(
      ([key, { description }]) => `| \`${key}\` | ${required.has(key) ? 'yes' : 'no'} | ${description} |`,
    )
    assert.deepEqual(SECTIONS[index]?.rows, rows)
  }
})

test('the examples in docs/events.md are accepted, fit, and have every property', () => {
  for (const { name, rows, example } of SECTIONS) {
    const context = {
      gameId: 1,
      believed: BELIEVED,
      keyNo: null,
      keyFingerprint: null,
      receivedAtMs: 0,
      newId: () => 'id',
    }
    const { events, verdicts } = acceptEvents({ bytes: Buffer.from(example), form: 'json' }, context)
    assert.deepEqual(verdicts, [], example)
    assert.deepEqual([events[0]?.name, events[0]?.mismatch], [name, undefined], example)
    for (const row of rows) assert.ok(example.includes(`"${row.split('`')[1]}"`), `${name}: ${row}`)
  }
})
