// Finds an event by its id, with and without a time. The batch has the time when the event was stored.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { v7 as uuidV7 } from 'uuid'
import { batchWriter } from '../../../test/batch-writer.ts'
import { batchOf, quarantinedEvent, storableEvent, storableEvents } from '../../../test/batches.ts'
import { openFreshDatabase } from '../../../test/stores.ts'
import type { Database } from '../postgres/database.ts'
import { deleteExpiredBatches } from './delete-expired.ts'
import { findEvents } from './find-event.ts'
import { attachMonth } from './partitions.ts'

const NOTHING = { insideId: undefined, occurredAt: undefined }
const AT = '2026-11-22T09:59:58.123Z'

async function batchRow(database: Database, batchId: string) {
  const { rows } = await database.query('select stored_at::text from playtrace.batches where batch_id = $1', [batchId])
  return rows[0]
}

test('an event is found with and without its time, within its game', async (t) => {
  const { database } = await openFreshDatabase(t)
  const event_id = randomUUID()
  const sought = storableEvent({ event_id, occurred_at: AT, properties: '{"steam_id":76561198000000001}' })
  const batch = batchOf([...storableEvents(50), sought])
  await batchWriter(database)(batch)
  const times = [
    NOTHING,
    { insideId: undefined, occurredAt: AT },
    { insideId: undefined, occurredAt: '2020-01-01T00:00:00Z' },
    { insideId: AT, occurredAt: undefined },
  ]
  for (const time of times) {
    const { events, complete } = await findEvents(database, 1, event_id, time)
    assert.equal(events.length, 1, JSON.stringify(time))
    assert.equal(complete, true)
    assert.match(events[0] ?? '', /76561198000000001/)
    const { batch_id, stored_at } = JSON.parse(events[0] ?? '')
    assert.equal(batch_id, batch.batch_id)
    assert.ok(Math.abs(Date.parse(stored_at) - Date.now()) < 60_000)
  }
  assert.deepEqual(await findEvents(database, 2, event_id, NOTHING), { events: [], complete: true })
  assert.deepEqual(await findEvents(database, 1, randomUUID(), NOTHING), { events: [], complete: true })
})

test('one id with two times is two events, and an undated event is found by its id', async (t) => {
  const { database } = await openFreshDatabase(t)
  const twice = randomUUID()
  const undated = randomUUID()
  await batchWriter(database)(
    batchOf([
      storableEvent({ event_id: twice, occurred_at: '1999-01-01T00:00:00.000Z' }),
      storableEvent({ event_id: twice, occurred_at: '2026-11-22T09:00:00.000Z' }),
      storableEvent({ event_id: undated, occurred_at: '2026-11-22T10:00:00.000Z', dated: false }),
    ]),
  )
  assert.equal((await findEvents(database, 1, twice, NOTHING)).events.length, 2)
  assert.equal((await findEvents(database, 1, undated, NOTHING)).events.length, 1)
})

test('a batch keeps the time of its first write', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  const batch = batchOf(storableEvents(2), [quarantinedEvent()])
  await write(batch)
  const first = await batchRow(database, batch.batch_id)
  assert.ok(first.stored_at)
  await Promise.all([write(batch), write(batch)])
  assert.deepEqual(await batchRow(database, batch.batch_id), first)
  await write({ ...batch, quarantined: [quarantinedEvent()] })
  assert.deepEqual(await batchRow(database, batch.batch_id), first)
})

test('after the record of a batch expired, stored_at is null', async (t) => {
  const { database } = await openFreshDatabase(t)
  const event = storableEvent({ event_id: uuidV7() })
  await batchWriter(database)(batchOf([event]))
  await database.query(`update playtrace.batches set stored_at = now() - interval '32 days'`)
  await deleteExpiredBatches(database, new AbortController().signal)
  const { events } = await findEvents(database, 1, event.event_id, NOTHING)
  assert.equal(JSON.parse(events[0] ?? '').stored_at, null)
})

test('an id without a time is searched in the primary key, not in the rows', async (t) => {
  const { database } = await openFreshDatabase(t)
  await attachMonth(database, '2026-08')
  await database.query(`insert into playtrace.events
      (identified_at, occurred_at, received_at, corrected_at, event_id, batch_id, game_id, clock_suspect, name, player_id, properties)
    select at, at, at, at, gen_random_uuid(), gen_random_uuid(), 1, false, 'n', 'p', jsonb_build_object('pad', repeat('x', 200))
    from (select timestamptz '2026-08-01 00:00:00+00' + n * interval '20 seconds' as at from generate_series(1, 50000) n) _`)
  await database.query('analyze playtrace.events')
  const { rows } = await database.query(
    `explain select 1 from playtrace.events where game_id = 1 and event_id = '${randomUUID()}'`,
  )
  assert.match(JSON.stringify(rows), /Index (Only )?Scan using events_2026_08_pkey/)
  assert.deepEqual(await findEvents(database, 1, randomUUID(), NOTHING), { events: [], complete: true })
})
