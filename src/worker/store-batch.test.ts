// The outcomes of a batch on a real database: stored, split, waiting, released.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchWriter } from '../../test/batch-writer.ts'
import { batchOf, quarantinedEvent, storableEvent, storableEvents } from '../../test/batches.ts'
import { closeDatabase, openFreshDatabase, reopenDatabase } from '../../test/stores.ts'
import { until } from '../../test/until.ts'
import type { EventBatch, StorableEvent } from '../ingest/event-batch.ts'
import type { Outcome } from '../queue/event-queue.ts'
import { readEvents } from '../storage/events/read-events.ts'
import type { Database } from '../storage/postgres/database.ts'
import { readRejections } from '../storage/quarantine/rejections.ts'
import { type StoreContext, storeBatch } from './store-batch.ts'

const DONE: Outcome = { kind: 'done' }
/** Valid JSON that jsonb refuses, like an event that validation should have rejected. */
const UNSTORABLE = '{"text":"\\u0000"}'

interface Storing {
  context: StoreContext
  drain: AbortController
  errors: string[]
  written: { events: number; quarantined: number; stored: number; repeated: number }
}

function storing(database: Database): Storing {
  const drain = new AbortController()
  const errors: string[] = []
  const written = { events: 0, quarantined: 0, stored: 0, repeated: 0 }
  const context: StoreContext = {
    write: batchWriter(database),
    onWritten({ events, quarantined }, { stored, repeated }) {
      written.events += events.length
      written.quarantined += quarantined.length
      written.stored += stored
      written.repeated += repeated
    },
    onError: (_, { code }) => errors.push(code),
    draining: drain.signal,
  }
  return { context, drain, errors, written }
}

async function figures(database: Database): Promise<{ events: number; rejected: number }> {
  const { rows } = await database.query(`select (select count(*) from playtrace.events)::int as events,
    (select count(*) from playtrace.rejected_events)::int as rejected`)
  return rows[0]
}

async function quarantinedIds(database: Database): Promise<(string | null)[]> {
  const { rejections } = await readRejections(database, 1, { limit: 1000, cursor: undefined })
  for (const { reason } of rejections) assert.equal(reason, 'refused_by_database')
  return rejections.map(({ event_id }) => event_id).sort()
}

const badAmong = (count: number, bad: number[]) =>
  storableEvents(count, (index) => (bad.includes(index) ? { properties: UNSTORABLE } : {}))

async function storeTwice(database: Database, batch: EventBatch): Promise<Storing> {
  const first = storing(database)
  assert.deepEqual(await storeBatch(batch, first.context), DONE)
  const before = await figures(database)
  const again = storing(database)
  assert.deepEqual(await storeBatch(batch, again.context), DONE)
  assert.equal(again.written.stored, 0, 'a batch that is consumed again stores nothing')
  assert.deepEqual(await figures(database), before, 'consumed again, it changes nothing')
  return first
}

for (const bad of [[500], [0, 499, 999]]) {
  test(`of 1,000 events with ${bad.length} bad, the good are stored and the bad are quarantined`, async (t) => {
    const { database } = await openFreshDatabase(t)
    const events = badAmong(1000, bad)
    const { written, errors } = await storeTwice(database, batchOf(events))
    assert.deepEqual(await figures(database), { events: 1000 - bad.length, rejected: bad.length })
    assert.deepEqual(await quarantinedIds(database), bad.map((index) => events[index]?.event_id).sort())
    assert.deepEqual(written, {
      events: 1000 - bad.length,
      quarantined: bad.length,
      stored: 1000 - bad.length,
      repeated: 0,
    })
    assert.ok(errors.length <= 1 + 10 * bad.length, `halving finds one of 1,000 in 11 tries; took ${errors.length}`)
  })
}

test('a batch with only bad events is quarantined completely', async (t) => {
  const { database } = await openFreshDatabase(t)
  const events = storableEvents(100, () => ({ properties: UNSTORABLE }))
  await storeTwice(database, batchOf(events))
  assert.deepEqual(await figures(database), { events: 0, rejected: 100 })
  assert.deepEqual(await quarantinedIds(database), events.map(({ event_id }) => event_id).sort())
})

test('a quarantined event can be sent again as it is', async (t) => {
  const { database } = await openFreshDatabase(t)
  const event = storableEvent({
    key_fingerprint: '0123456789ab',
    name: 'a "b"',
    session_id: 's1',
    platform: 'web',
    properties: '{ "id": 76561198000000001, "text": "\\u0000" }',
  })
  await storeBatch(batchOf([event, storableEvent()]), storing(database).context)
  const { rejections } = await readRejections(database, 1, { limit: 1, cursor: undefined })
  const raw = rejections[0]?.raw ?? ''
  assert.ok(raw.endsWith(`,"properties":${event.properties}}`), raw)
  const { properties, ...fields } = JSON.parse(raw)
  const { event_id, name, player_id, session_id, occurred_at, platform } = event
  assert.deepEqual(fields, { event_id, name, player_id, session_id, occurred_at, platform })
  assert.match(rejections[0]?.message ?? '', /unsupported Unicode/)
  assert.equal(rejections[0]?.key_fingerprint, event.key_fingerprint)
})

test('an event that is refused twice is quarantined once, without a time that the server made', async (t) => {
  const { database } = await openFreshDatabase(t)
  const dated = storableEvent({ properties: UNSTORABLE })
  const undated = storableEvent({ properties: UNSTORABLE, dated: false })
  for (const received_at of ['2026-11-22T23:59:59.900Z', '2026-11-23T00:00:00.100Z']) {
    const retried = [
      { ...dated, received_at },
      { ...undated, received_at, occurred_at: received_at },
    ]
    assert.deepEqual(await storeBatch(batchOf(retried), storing(database).context), DONE)
  }
  assert.deepEqual(await quarantinedIds(database), [dated.event_id, undated.event_id].sort())
  const { rejections } = await readRejections(database, 1, { limit: 10, cursor: undefined })
  for (const { raw, event_id } of rejections)
    assert.equal(raw.includes('occurred_at'), event_id === dated.event_id, raw)
})

test('rejected events are stored with good events, with a bad event, and alone', async (t) => {
  const { database } = await openFreshDatabase(t)
  await storeTwice(database, batchOf(storableEvents(2), [quarantinedEvent(), quarantinedEvent()]))
  assert.deepEqual(await figures(database), { events: 2, rejected: 2 })
  await storeTwice(database, batchOf(badAmong(3, [1]), [quarantinedEvent()]))
  assert.deepEqual(await figures(database), { events: 4, rejected: 4 })
  await storeTwice(database, batchOf([], [quarantinedEvent()]))
  assert.deepEqual(await figures(database), { events: 4, rejected: 5 })
})

test('a rejected event that the quarantine refuses makes a dead letter, and the events are stored', async (t) => {
  const { database } = await openFreshDatabase(t)
  const batch = batchOf(storableEvents(2), [quarantinedEvent({ event_id: 'no uuid' })])
  const outcome = await storeBatch(batch, storing(database).context)
  assert.equal(outcome.kind, 'dead_letter')
  assert.deepEqual(await figures(database), { events: 2, rejected: 0 })
})

test('a batch waits while the database is away, and is then stored without a retry', async (t) => {
  const { url, database } = await openFreshDatabase(t)
  const { context, errors, written } = storing(database)
  await closeDatabase(url)
  const outcome = storeBatch(batchOf(badAmong(10, [3])), context)
  await until(() => errors.length >= 2)
  await reopenDatabase(url)
  assert.deepEqual(await outcome, DONE)
  assert.deepEqual([...new Set(errors)], ['DATABASE_AWAY', 'EVENTS_REFUSED'])
  assert.deepEqual({ stored: written.stored, quarantined: written.quarantined }, { stored: 9, quarantined: 1 })
})

test('a batch that waits for the database is released when the worker drains', async (t) => {
  const { url, database } = await openFreshDatabase(t)
  const { context, drain, errors } = storing(database)
  await closeDatabase(url)
  const outcome = storeBatch(batchOf(storableEvents(10)), context)
  await until(() => errors.length >= 1)
  drain.abort()
  assert.deepEqual(await outcome, { kind: 'release' })
  const late = storeBatch(batchOf(storableEvents(10)), context)
  assert.deepEqual(await late, { kind: 'release' }, 'one that comes after the signal does not wait at all')
  await reopenDatabase(url)
  assert.deepEqual(await storeBatch(batchOf(storableEvents(10)), context), DONE, 'draining, it still stores')
})

test('a batch waits while the schema is not what this release needs, and is then stored without a retry', async (t) => {
  const { database } = await openFreshDatabase(t)
  const { context, errors } = storing(database)
  await database.query('alter table playtrace.events rename to elsewhere')
  const outcome = storeBatch(batchOf(storableEvents(2)), context)
  await until(() => errors.length >= 2)
  await database.query('alter table playtrace.elsewhere rename to events')
  assert.deepEqual(await outcome, DONE)
  assert.deepEqual([...new Set(errors)], ['DATABASE_UNFIT'])
})

test('any other failure is a retry', async (t) => {
  const { database } = await openFreshDatabase(t)
  const { context, errors } = storing(database)
  const batch = batchOf(storableEvents(2))
  await database.query(`create function playtrace.fail() returns trigger language plpgsql
    as $$ begin raise exception using errcode = 'XX000'; end $$`)
  await database.query('create trigger fail before insert on playtrace.batches execute function playtrace.fail()')
  assert.equal((await storeBatch(batch, context)).kind, 'retry')
  assert.deepEqual(errors, ['STORAGE_FAILED'])
  await database.query('drop trigger fail on playtrace.batches')
  assert.deepEqual(await storeBatch(batch, context), DONE)
})

test('events that are split from a batch keep the id of the batch', async (t) => {
  const { database } = await openFreshDatabase(t)
  const batch = batchOf(badAmong(8, [2]))
  await storeBatch(batch, storing(database).context)
  const filter = {
    from: undefined,
    to: undefined,
    name: undefined,
    player_id: undefined,
    session_id: undefined,
    country: undefined,
    seq: undefined,
  }
  const { events } = await readEvents(database, 1, filter, { limit: 10, cursor: undefined })
  const stored = events.map((json) => JSON.parse(json) as StorableEvent & { batch_id: string })
  assert.deepEqual([...new Set(stored.map(({ batch_id }) => batch_id))], [batch.batch_id])
  const { rejections } = await readRejections(database, 1, { limit: 10, cursor: undefined })
  assert.equal(rejections[0]?.batch_id, batch.batch_id)
})
