// The quarantine: every rejected event is kept once as it was sent, and is read page by page.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchWriter } from '../../../test/batch-writer.ts'
import { BELIEVED, batchOf, quarantinedEvent } from '../../../test/batches.ts'
import { connect, openFreshDatabase } from '../../../test/stores.ts'
import { acceptEvents } from '../../ingest/accept-events.ts'
import type { QuarantinedEvent } from '../../ingest/event-batch.ts'
import type { Database } from '../postgres/database.ts'
import { readRejections } from './rejections.ts'

/** What a list shows of each. */
const RAW_SHOWN = 64 * 1024
const ALL = { limit: 1000, cursor: undefined }
/** More than any test stores: a walk that comes this far goes in circles. */
const WALK_MAX = 100

async function walk(database: Database, limit: number): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const page = await readRejections(database, 1, { limit, cursor })
    assert.ok(page.rejections.length <= limit && ids.length < WALK_MAX)
    ids.push(...page.rejections.map(({ rejection_id }) => rejection_id))
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
  return ids
}

test('a rejected event is read as it was written', async (t) => {
  const { database } = await openFreshDatabase(t)
  const rejected = quarantinedEvent({
    event_id: '019a4d5e-0000-7000-8000-00000000000A',
    path: '/properties/ä~1"b',
    message: 'tab\t newline\n quote" {curly,comma}',
    raw: '{"name":"\\u0000 \u0000 tab\t",\n"ä🎮": 76561198000000001 }',
    received_at: '2026-11-22T10:00:00.123456Z',
    key_fingerprint: '0123456789ab',
    name: 'läuft',
    app_version: '1.0',
    sent_at: '2026-11-22T09:00:00.123456Z',
  })
  const batch = batchOf([], [rejected])
  await batchWriter(database)(batch)
  const { game_id, ...shown } = rejected
  assert.deepEqual(await readRejections(database, 1, ALL), {
    rejections: [
      {
        ...shown,
        replayed_at: null,
        event_id: shown.event_id?.toLowerCase(),
        batch_id: batch.batch_id,
        raw_bytes: Buffer.byteLength(shown.raw),
      },
    ],
    next_cursor: null,
  })
})

test('a null stays null on a server that is set to read nulls in arrays as text', async (t) => {
  const { url, database } = await openFreshDatabase(t)
  await database.query(`alter database ${new URL(url).pathname.slice(1)} set array_nulls = off`)
  const later = connect(t, url)
  await batchWriter(later)(batchOf([], [quarantinedEvent({ name: null, app_version: null, event_id: null })]))
  const [rejection] = (await readRejections(later, 1, ALL)).rejections
  assert.deepEqual([rejection?.name, rejection?.app_version, rejection?.event_id], [null, null, null])
})

test('a batch that is written again adds no rejected events', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  const rejected = [quarantinedEvent(), quarantinedEvent()]
  await write(batchOf([], rejected))
  await write(batchOf([], [...rejected, quarantinedEvent()]))
  assert.equal((await readRejections(database, 1, ALL)).rejections.length, 3)
  assert.equal((await readRejections(database, 2, ALL)).rejections.length, 0)
})

test('writers of the same rejected events, in any order, store each once and never deadlock', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  for (let round = 0; round < 10; round++) {
    const rejected = Array.from({ length: 200 }, () => quarantinedEvent())
    const batches = [rejected, rejected.toReversed(), rejected, rejected.toReversed()]
    await Promise.all(batches.map((each) => write(batchOf([], each))))
  }
  const { rows } = await database.query('select count(*)::int as kept from playtrace.rejected_events')
  assert.deepEqual(rows, [{ kept: 2_000 }])
})

test('the quarantine accepts every event that validation rejects', async (t) => {
  const { database } = await openFreshDatabase(t)
  const texts = [
    'null',
    '[[]]',
    '{"event_id":"not-a-uuid","name":"a","player_id":"p"}',
    '{"event_id":"\\u0000","name":"a","player_id":"p"}',
    '{"name":"a\\u0000b","player_id":"p"}',
    '{"name":"a","player_id":"\\ud83d"}',
    '{"\\u0000":1,"name":"a","player_id":"p"}',
    '{"\\ud83d/~":1,"name":"a","player_id":"p"}',
    '{"__proto__":1,"name":"a","player_id":"p"}',
    '{"name":"a","player_id":"p","properties":{"a":"\\u0000"}}',
    '{"name":"a","player_id":"p","occurred_at":"\\u0000"}',
    `{"${'x'.repeat(100_000)}":1,"name":"a","player_id":"p"}`,
    '{"name":"a","player_id":"p","properties":{"a":1e999999}}',
  ]
  let ids = 0
  const newId = () => `019a4d5e-0000-7000-8000-${String(ids++).padStart(12, '0')}`
  const request = { bytes: Buffer.from(`[${texts.join()}]`), form: 'json' } as const
  const { events, quarantined } = acceptEvents(request, {
    gameId: 1,
    believed: BELIEVED,
    keyNo: null,
    keyFingerprint: null,
    receivedAtMs: Date.now(),
    newId,
  })
  assert.equal(events.length, 0)
  await batchWriter(database)(batchOf([], quarantined))
  const { rejections } = await readRejections(database, 1, ALL)
  assert.deepEqual(
    rejections.map(({ raw, raw_bytes }) => [raw, raw_bytes]),
    texts.toReversed().map((text) => [text.slice(0, RAW_SHOWN), text.length]),
  )
})

test('a list of large rejected events has a limit in bytes, and its pages hold all of them', async (t) => {
  const { database } = await openFreshDatabase(t)
  const large = () => quarantinedEvent({ raw: 'x'.repeat(4 * RAW_SHOWN) })
  for (let batches = 0; batches < 7; batches++) {
    await batchWriter(database)(batchOf([], Array.from({ length: 20 }, large)))
  }
  const first = await readRejections(database, 1, ALL)
  assert.ok(first.rejections.length < 140 && first.next_cursor !== null)
  const second = await readRejections(database, 1, { ...ALL, cursor: first.next_cursor })
  assert.equal(first.rejections.length + second.rejections.length, 140)
  assert.equal(second.next_cursor, null)
})

test('pages of any size hold each rejected event once, newest first, also at the same time', async (t) => {
  const { database } = await openFreshDatabase(t)
  const rejected: QuarantinedEvent[] = Array.from({ length: 12 }, (_, index) =>
    quarantinedEvent({ received_at: `2026-11-22T10:00:00.00000${Math.floor(index / 5)}Z` }),
  )
  await batchWriter(database)(batchOf([], rejected))
  const expected = rejected.map(({ rejection_id }) => rejection_id).toReversed()
  for (const limit of [1, 5, 12, 100]) assert.deepEqual(await walk(database, limit), expected, `pages of ${limit}`)
})

test('a cursor that Playtrace did not make is unreadable', async (t) => {
  const { database } = await openFreshDatabase(t)
  for (const cursor of ['', 'x', 'W10', Buffer.from('["a","b"]').toString('base64url')]) {
    await assert.rejects(readRejections(database, 1, { limit: 10, cursor }), { code: 'UNREADABLE_CURSOR' }, cursor)
  }
})
