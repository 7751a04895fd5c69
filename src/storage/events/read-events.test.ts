// Reads stored events: fields, filters, order and pages.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchWriter } from '../../../test/batch-writer.ts'
import { batchOf, storableEvent, storableEvents } from '../../../test/batches.ts'
import { openFreshDatabase } from '../../../test/stores.ts'
import type { StorableEvent } from '../../ingest/event-batch.ts'
import type { Database } from '../postgres/database.ts'
import { type EventFilter, readEvents } from './read-events.ts'

const EVERYTHING: EventFilter = {
  from: undefined,
  to: undefined,
  name: undefined,
  player_id: undefined,
  session_id: undefined,
  country: undefined,
  seq: undefined,
}
const ALL = { limit: 1000, cursor: undefined }
/** More than any test stores: a walk that comes this far goes in circles. */
const WALK_MAX = 100

/** An event that happened in this minute of an hour, by the corrected clock. */
function inMinute(minute: number, fields: Partial<StorableEvent> = {}): StorableEvent {
  const corrected_at = `2026-11-22T10:${String(minute).padStart(2, '0')}:00.000Z`
  return storableEvent({ corrected_at, ...fields })
}

async function ids(database: Database, filter: Partial<EventFilter>): Promise<string[]> {
  const { events } = await readEvents(database, 1, { ...EVERYTHING, ...filter }, ALL)
  return events.map((json) => JSON.parse(json).event_id)
}

async function walk(database: Database, limit: number): Promise<string[]> {
  const walked: string[] = []
  let cursor: string | undefined
  do {
    const page = await readEvents(database, 1, EVERYTHING, { limit, cursor })
    assert.ok(page.events.length <= limit && walked.length < WALK_MAX)
    walked.push(...page.events.map((json) => JSON.parse(json).event_id))
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
  return walked
}

test('an event is read with every field, digit and microsecond', async (t) => {
  const { database } = await openFreshDatabase(t)
  const batch = batchOf([
    storableEvent({
      name: 'läuft "🎮"',
      session_id: 's\t1',
      seq: 9007199254740991,
      country: 'DE',
      mismatch: '/properties/x',
      occurred_at: '2026-11-22T08:00:00.123456Z',
      sent_at: '0001-01-01T00:00:00.000001Z',
      corrected_at: '2026-11-22T09:59:59.000001Z',
      clock_suspect: true,
      platform: 'web',
      properties: '{"id": 76561198000000001, "x": 0.10}',
    }),
  ])
  await batchWriter(database)(batch)
  const { events, next_cursor } = await readEvents(database, 1, EVERYTHING, ALL)
  assert.equal(next_cursor, null)
  assert.equal(events.length, 1)
  assert.match(events[0] ?? '', /"properties" : \{"x": 0\.10, "id": 76561198000000001\}/)
  const { game_id, key_no, dated, properties, ...given } = batch.events[0] as StorableEvent
  const { properties: _, ...read } = JSON.parse(events[0] ?? '')
  assert.deepEqual(read, { ...given, received_at: '2026-11-22T10:00:00.000000Z', batch_id: batch.batch_id })
})

test('filters by name, player, session and range, within one game', async (t) => {
  const { database } = await openFreshDatabase(t)
  const [a, b, c, d] = [
    inMinute(1, { name: 'start', player_id: 'p1', session_id: 's0', seq: 7, country: 'DE' }),
    inMinute(2, { name: 'start', player_id: 'p2', session_id: 's1' }),
    inMinute(3, { name: 'end', player_id: 'p2', session_id: 's1' }),
    inMinute(4, { name: 'end', player_id: 'p2', session_id: 's2' }),
  ]
  const foreign = inMinute(2, { game_id: 2, player_id: 'p2', session_id: 's1', name: 'start' })
  await batchWriter(database)(batchOf([c, a, d, foreign, b]))
  const expect = async (filter: Partial<EventFilter>, ...events: StorableEvent[]) =>
    assert.deepEqual(
      await ids(database, filter),
      events.map(({ event_id }) => event_id),
      JSON.stringify(filter),
    )
  await expect({}, d, c, b, a)
  await expect({ name: 'start' }, b, a)
  await expect({ player_id: 'p2' }, d, c, b)
  await expect({ session_id: 's1' }, c, b)
  await expect({ player_id: 'p2', name: 'end', session_id: 's2' }, d)
  await expect({ name: "' or true --" })
  await expect({ from: b.corrected_at, to: d.corrected_at }, c, b)
  await expect({ from: '2026-11-22T11:04:00+01:00' }, d)
  await expect({ country: 'de' }, a)
  await expect({ seq: 7 }, a)
  await expect({ to: a.corrected_at })
})

test('pages of any size hold each event once, also if many have the same time', async (t) => {
  const { database } = await openFreshDatabase(t)
  const one = storableEvent()
  const events = [
    ...storableEvents(7, () => ({ corrected_at: '2026-11-22T10:00:00.000001Z' })),
    ...storableEvents(7, () => ({ corrected_at: '2026-11-22T10:00:00.000002Z' })),
    // One id twice: the client repeated it with another time, so it counts as two.
    { ...one, identified_at: '2026-11-22T10:00:00.000001Z', corrected_at: '2026-11-22T10:00:00.000001Z' },
    { ...one, identified_at: '2026-11-22T10:00:00.000002Z', corrected_at: '2026-11-22T10:00:00.000001Z' },
  ]
  await batchWriter(database)(batchOf(events))
  const all = await walk(database, 1000)
  assert.deepEqual(all.toSorted(), events.map(({ event_id }) => event_id).sort())
  for (const limit of [1, 2, 8, 16]) assert.deepEqual(await walk(database, limit), all, `pages of ${limit}`)
})

test('the first and last times of RFC 3339 are read as sent, and pages continue after them', async (t) => {
  const { database } = await openFreshDatabase(t)
  const corrected_at = '2026-11-22T10:00:00.000Z'
  const shown = {
    '0001-12-31T23:59:59.000Z BC': '0000-12-31T23:59:59.000000Z',
    '0001-01-01T00:00:00.000Z': '0001-01-01T00:00:00.000000Z',
    '9999-12-31T23:59:59.999999Z': '9999-12-31T23:59:59.999999Z',
    '10000-01-01T05:00:00.000Z': '10000-01-01T05:00:00.000000Z',
  }
  const { event_id } = storableEvent()
  const events = Object.keys(shown).map((time) =>
    storableEvent({ event_id, corrected_at, occurred_at: time, sent_at: time }),
  )
  await batchWriter(database)(batchOf(events))
  const page = await readEvents(database, 1, EVERYTHING, ALL)
  const times = page.events.map((json) => JSON.parse(json))
  assert.deepEqual(
    times.map(({ occurred_at }) => occurred_at),
    Object.values(shown).toReversed(),
  )
  assert.deepEqual(
    times.map(({ sent_at }) => sent_at),
    Object.values(shown).toReversed(),
  )
  assert.equal((await walk(database, 1)).length, 4)
})

test('new events do not change the following pages', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  await write(batchOf([inMinute(1), inMinute(2), inMinute(3)]))
  const before = await ids(database, {})
  const first = await readEvents(database, 1, EVERYTHING, { limit: 1, cursor: undefined })
  await write(batchOf([inMinute(9)]))
  const rest = await readEvents(database, 1, EVERYTHING, {
    limit: 10,
    cursor: first.next_cursor ?? undefined,
  })
  assert.deepEqual(
    rest.events.map((json) => JSON.parse(json).event_id),
    before.slice(1),
  )
})

test('a cursor that Playtrace did not make is unreadable', async (t) => {
  const { database } = await openFreshDatabase(t)
  const made = (position: unknown) => Buffer.from(JSON.stringify(position)).toString('base64url')
  const [time, id] = ['1795341600000000', storableEvent().event_id]
  const rubbish = ['', 'x', made(null), made([]), made([time, id]), made([time, id, 'now']), made([time, 'x', time])]
  const times = ['', '1.5', '1e3', ' 1', '999999999999999999', '-999999999999999999', '9'.repeat(30)].map((other) =>
    made([time, id, other]),
  )
  for (const cursor of [...rubbish, ...times, made([[time], id, { time }])]) {
    await assert.rejects(
      readEvents(database, 1, EVERYTHING, { limit: 1, cursor }),
      { code: 'UNREADABLE_CURSOR' },
      cursor,
    )
  }
})
