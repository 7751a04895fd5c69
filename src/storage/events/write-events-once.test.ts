// Every event is stored once, also if it is sent again or written by several connections at the same time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchWriter } from '../../../test/batch-writer.ts'
import { batchOf, storableEvent, storableEvents } from '../../../test/batches.ts'
import { openFreshDatabase } from '../../../test/stores.ts'
import type { EventBatch, StorableEvent } from '../../ingest/event-batch.ts'
import type { Database } from '../postgres/database.ts'

const RECEIVED = ['2026-11-22T23:59:59.900Z', '2026-11-23T00:00:00.100Z', '2026-12-01T00:00:00.000Z']

/** As the API makes an event that carries no time: its times are the moment it came. */
function undated(fields: Partial<StorableEvent>, received_at = RECEIVED[0] as string): StorableEvent {
  return storableEvent({
    occurred_at: received_at,
    corrected_at: received_at,
    received_at,
    dated: false,
    ...fields,
  })
}

async function countRows(database: Database, table = 'events'): Promise<number> {
  const { rows } = await database.query(`select count(*)::int as rows from playtrace.${table}`)
  return rows[0].rows
}

test('a repeated batch is stored once, and so are its events in another batch', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  const events = storableEvents(10)
  const batch = batchOf(events)
  assert.deepEqual(await write(batch), { stored: 10, repeated: 0 })
  assert.deepEqual(await write(batch), { stored: 0, repeated: 10 })
  const later = events.map((event) => ({ ...event, received_at: RECEIVED[2] as string }))
  assert.deepEqual(await write(batchOf([...later.slice(5), storableEvent()])), { stored: 1, repeated: 5 })
  assert.equal(await countRows(database), 11)
})

test('an event twice in one batch is stored once', async (t) => {
  const { database } = await openFreshDatabase(t)
  const event = storableEvent()
  assert.deepEqual(await batchWriter(database)(batchOf([event, event])), { stored: 1, repeated: 1 })
})

test('two events with equal content are both stored, and so is one id in two games', async (t) => {
  const { database } = await openFreshDatabase(t)
  const event = storableEvent()
  const { event_id } = storableEvent()
  const others = [
    { ...event, event_id },
    { ...event, game_id: 2 },
  ]
  assert.deepEqual(await batchWriter(database)(batchOf([event, ...others])), { stored: 3, repeated: 0 })
})

test('an undated event sent again, across midnight and a month, is stored once', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  const { event_id } = storableEvent()
  const arrivals = RECEIVED.map((received_at) => undated({ event_id }, received_at))
  assert.deepEqual(await write(batchOf(arrivals)), { stored: 1, repeated: 2 }, 'in one batch')
  for (const arrival of arrivals) {
    assert.deepEqual(await write(batchOf([arrival])), { stored: 0, repeated: 1 }, 'in another batch')
  }
  const otherGame = undated({ event_id, game_id: 2 })
  assert.deepEqual(await write(batchOf([otherGame])), { stored: 1, repeated: 0 }, 'another game has its own ids')
  assert.equal(await countRows(database), 2)
})

test('dated and undated events share a batch', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  const known = undated({})
  await write(batchOf([known]))
  const batch = batchOf([storableEvent(), undated({}), { ...known, received_at: RECEIVED[1] as string }])
  assert.deepEqual(await write(batch), { stored: 2, repeated: 1 })
  assert.deepEqual(await write(batch), { stored: 0, repeated: 3 })
})

test('a write that fails leaves no events and no undated ids', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  const good = undated({})
  // Fails late, when the rows go to their table: an index takes no value of this length.
  const bad = undated({ player_id: Array.from({ length: 1000 }, () => crypto.randomUUID()).join('') })
  await assert.rejects(write(batchOf([good, bad])), { code: 'EVENTS_REFUSED' })
  assert.equal(await countRows(database), 0)
  assert.equal(await countRows(database, 'undated_events'), 0)
  assert.deepEqual(await write(batchOf([good])), { stored: 1, repeated: 0 })
})

const TIMES = ['2026-11-22T09:00:00.000Z', '2026-10-22T09:00:00.000Z', '1969-01-01T00:00:00.000Z']
const WRITERS = 5
const ROUNDS = 50

/** One batch for each writer: the same events in another order, the undated ones as they came to each. */
function overlapping(round: number): EventBatch[] {
  const dated = storableEvents(200, (index) => ({ occurred_at: TIMES[index % 3] as string }))
  // Marks of undated events make the writers wait for each other before they come to the rows: not in every round.
  const undatedIds = storableEvents(round % 2 === 0 ? 0 : 50).map(({ event_id }) => event_id)
  return Array.from({ length: WRITERS }, (_, writer) => {
    const received = RECEIVED[writer % 3] as string
    const open = undatedIds.map((event_id) => undated({ event_id }, received))
    return batchOf(shuffle([...dated, ...open], round * WRITERS + writer))
  })
}

test('several writers of overlapping batches store each event once and never deadlock', async (t) => {
  const { database } = await openFreshDatabase(t, WRITERS)
  const write = batchWriter(database)
  let expected = 0
  for (let round = 0; round < ROUNDS; round++) {
    const batches = overlapping(round)
    const events = batches[0]?.events.length ?? 0
    const results = await Promise.all(batches.map((batch) => write(batch)))
    const stored = results.reduce((sum, result) => sum + result.stored, 0)
    const repeated = results.reduce((sum, result) => sum + result.repeated, 0)
    assert.deepEqual({ stored, repeated }, { stored: events, repeated: events * (WRITERS - 1) })
    expected += events
  }
  assert.equal(await countRows(database), expected)
})

/** Repeatable from its seed. */
function shuffle<T>(items: T[], seed: number): T[] {
  let state = seed + 1
  const next = () => {
    state = (state * 48_271) % 2_147_483_647
    return state
  }
  return items
    .map((item) => ({ item, rank: next() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item)
}
