// Every standard event that the API accepts is counted, or listed as not counted: the verdict of the API and the rollups agree,
// whatever the properties are.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { v7 as uuidV7 } from 'uuid'
import { batchWriter } from '../../../test/batch-writer.ts'
import { BELIEVED, batchOf } from '../../../test/batches.ts'
import { uncountedEvents } from '../../../test/counted-events.ts'
import { openFreshDatabase } from '../../../test/stores.ts'
import { acceptEvents } from '../../ingest/accept-events.ts'
import { foldWrites } from './fold-writes.ts'

const RUNS = 60
const RECEIVED_AT_MS = Date.parse('2026-11-20T10:00:00Z')
const NAMES = ['level_start', 'level_fail', 'level_complete', 'resource_source', 'resource_sink', 'purchase']

const number = fc.oneof(
  fc.constantFrom(
    '0',
    '-0',
    '1',
    '3.0',
    '4e0',
    '-3',
    '2.5',
    '1000000',
    '1000001',
    '1e15',
    '1000000000000000.01',
    '1e-400',
  ),
  fc.constantFrom(
    '9007199254740991',
    '9007199254740992',
    '-9007199254740991',
    '199.99999999999999999',
    '1e3',
    '1E+2',
    '10e-1',
  ),
  fc.constantFrom('0.00000000000000000001', '6.9999999999999999999999', '1e12', '1000000000000.1', '-1e-20'),
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
)
const text = fc.oneof(
  fc.constantFrom(
    '""',
    '"EUR"',
    '"eur"',
    '"EUR\\n"',
    '"7"',
    '"w1:l2"',
    '" "',
    '"\\u2028"',
    `"${'x'.repeat(64)}"`,
    `"${'x'.repeat(65)}"`,
  ),
  fc.constantFrom(`"${'💎'.repeat(100)}"`, `"${'💎'.repeat(101)}"`, `"${'e\\u0301'.repeat(50)}"`),
  fc.string({ unit: 'grapheme', maxLength: 70 }).map((value) => JSON.stringify(value.replaceAll('\0', ''))),
)
const value = fc.oneof(number, text, fc.constantFrom('null', 'true', '[1]', '{"a":1}', '"EUR"', '1'))
const KEYS = [
  'level',
  'attempt',
  'score',
  'duration_ms',
  'resource',
  'amount',
  'item',
  'product_id',
  'currency',
  'amount_minor',
  'transaction_id',
]
const properties = fc
  .record(Object.fromEntries(KEYS.map((key) => [key, fc.option(value, { freq: 5 })])))
  .map((given) => {
    const members = Object.entries(given).flatMap(([key, json]) => (json === null ? [] : `"${key}":${json}`))
    return `{${members.join(',')}}`
  })
/** Fits more often than properties by chance. */
const fitting = fc
  .record({
    level: fc.constantFrom('1', '"w1:l1"', '07e0'),
    amount: number,
    minor: number,
    item: value,
    duration: value,
  })
  .map(
    ({ level, amount, minor, item, duration }) =>
      `{"level":${level},"duration_ms":${duration},"resource":"coins","amount":${amount},"item":${item},` +
      `"product_id":"p","currency":"EUR","amount_minor":${minor}}`,
  )
const event = fc
  .record({ name: fc.constantFrom(...NAMES), properties: fc.oneof(properties, fitting) })
  .map(({ name, properties }) => `{"name":"${name}","player_id":"p","properties":${properties}}`)

test('every standard event that is accepted is counted or listed as not counted', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  const context = {
    gameId: 1,
    believed: BELIEVED,
    keyNo: null,
    keyFingerprint: null,
    receivedAtMs: RECEIVED_AT_MS,
    newId: (msecs: number) => uuidV7({ msecs }),
  }
  const seen = { counted: 0, mismatched: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 20, maxLength: 40 }), async (lines) => {
      const { events } = acceptEvents({ bytes: Buffer.from(lines.join('\n')), form: 'ndjson' }, context)
      for (const { mismatch } of events) seen[mismatch === undefined ? 'counted' : 'mismatched']++
      await write(batchOf(events))
      while ((await foldWrites(database)).more);
      assert.deepEqual(await uncountedEvents(database), [], lines.join('\n'))
    }),
    { numRuns: RUNS },
  )
  assert.ok(seen.counted > 100 && seen.mismatched > 100, JSON.stringify(seen))
})
