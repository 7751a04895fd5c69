// Writes batches to a real database: every column, and events of any time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchWriter } from '../../../test/batch-writer.ts'
import { batchOf, quarantinedEvent, storableEvent, storableEvents } from '../../../test/batches.ts'
import { openFreshDatabase } from '../../../test/stores.ts'
import type { Database } from '../postgres/database.ts'

const COLUMNS = 'game_id, key_no, event_id, name, player_id, session_id, app_version, platform, country'.split(', ')
const TIMES = ['occurred_at', 'sent_at', 'received_at', 'corrected_at', 'identified_at']

/** The stored rows as text, with times in UTC to the microsecond. */
async function rows(database: Database): Promise<Record<string, unknown>[]> {
  const times = TIMES.map((time) => `to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') ${time}`)
  const { rows } = await database.query(
    `select ${[...COLUMNS, ...times].join()}, clock_suspect, seq::float8, batch_id, properties::text
     from playtrace.events order by event_id`,
  )
  return rows
}

test('every column is stored unchanged', async (t) => {
  const { database } = await openFreshDatabase(t)
  const event = storableEvent({
    game_id: 32767,
    key_no: 32767,
    name: 'tab\there "quoted" back\\slash \\N \\. \\t läuft 🎮',
    player_id: 'line\nbreak\r\n\\',
    session_id: '\\N',
    occurred_at: '2026-11-22T08:00:00.123456Z',
    sent_at: '2026-11-22T08:00:01.000001Z',
    received_at: '2026-11-22T10:00:00.999Z',
    corrected_at: '2026-11-22T09:59:59.123455Z',
    clock_suspect: true,
    app_version: '',
    platform: '\b\f\v\u007f',
    seq: 9007199254740991,
    country: 'DE',
  })
  const batch = batchOf([event])
  assert.deepEqual(await batchWriter(database)(batch), { stored: 1, repeated: 0 })
  const { key_fingerprint, properties, dated, ...given } = event
  const received_at = '2026-11-22T10:00:00.999000Z'
  assert.deepEqual(await rows(database), [{ ...given, received_at, batch_id: batch.batch_id, properties: '{}' }])
})

test('absent fields are null', async (t) => {
  const { database } = await openFreshDatabase(t)
  await batchWriter(database)(batchOf([storableEvent()]))
  const [row] = await rows(database)
  for (const name of ['session_id', 'seq', 'sent_at', 'app_version', 'platform', 'country'])
    assert.equal(row?.[name], null)
})

test('properties keep every digit and character', async (t) => {
  const { database } = await openFreshDatabase(t)
  const texts = [
    '{"steam": 76561198000000001}',
    '{"a": 0.0000001, "b": 0.1, "c": 1.10, "d": 3.14159265358979323846264338327950288}',
    '{"ä🎮": ["日本", {"nested": {"deep": [null, true, ""]}}]}',
    '{"text": "tab\\t newline\\n quote\\" backslash\\\\ \\\\n \\\\N"}',
    '{"__proto__": {"a": 1}, "constructor": 2}',
  ]
  const events = texts.map((properties) => storableEvent({ properties }))
  await batchWriter(database)(batchOf(events))
  const stored = new Map((await rows(database)).map((row) => [row['event_id'], row['properties']]))
  for (const { event_id, properties } of events) {
    const { rows } = await database.query('select $1::jsonb::text as given', [properties])
    assert.equal(stored.get(event_id), rows[0].given)
  }
  assert.equal(stored.get(events[0]?.event_id), texts[0])
  assert.equal(stored.get(events[1]?.event_id), texts[1])
})

test('properties can have white space between tokens and numbers such as 1e-7', async (t) => {
  const { database } = await openFreshDatabase(t)
  const properties = '{\n\t"a": 1e-7,\r\n\t"b": [\n\t\t1,\n\t\t2\n\t]\n}'
  await batchWriter(database)(batchOf([storableEvent({ properties })]))
  const { rows: found } = await database.query('select properties from playtrace.events')
  assert.deepEqual(found, [{ properties: { a: 1e-7, b: [1, 2] } }])
})

test('events and rejections of a batch are stored together', async (t) => {
  const { database } = await openFreshDatabase(t)
  const batch = batchOf(storableEvents(1000), [quarantinedEvent(), quarantinedEvent()])
  assert.deepEqual(await batchWriter(database)(batch), { stored: 1000, repeated: 0 })
  assert.deepEqual(await batchWriter(database)(batchOf([], [quarantinedEvent()])), { stored: 0, repeated: 0 })
  const { rows } = await database.query(`select (select count(*)::int from playtrace.events) as events,
    (select count(*)::int from playtrace.rejected_events) as rejected`)
  assert.deepEqual(rows, [{ events: 1000, rejected: 3 }])
})
