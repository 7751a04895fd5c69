// What is not kept of a flood is counted, once, however often and in whatever parts its batch is written.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchWriter } from '../../../test/batch-writer.ts'
import { batchOf, quarantinedEvent, storableEvents, unkeptRejections } from '../../../test/batches.ts'
import { connect, openFreshDatabase } from '../../../test/stores.ts'
import { storeBatch } from '../../worker/store-batch.ts'
import type { Database } from '../postgres/database.ts'

/** Game, hour, reason, name, app_version, how many, first and last minute. */
async function counted(database: Database): Promise<unknown[]> {
  const { rows } = await database.query(
    `select json_build_array(game_id, to_char(hour at time zone 'UTC', 'DD HH24:MI'), reason, name, app_version, events,
        to_char(first_received_at at time zone 'UTC', 'HH24:MI'), to_char(last_received_at at time zone 'UTC', 'HH24:MI')) as row
      from playtrace.unkept_rejections order by game_id, hour, reason, name, app_version`,
  )
  return rows.map(({ row }) => row)
}

const at = (time: string) => ({ received_at: `2026-11-22T${time}:00.000Z` })

test('counts add up by game, hour, reason, name and app_version, null being one of them', async (t) => {
  const { url, database: before } = await openFreshDatabase(t)
  // Whose hours begin at half past those of UTC.
  await before.query(`do $$ begin
    execute format('alter database %I set timezone = %L', current_database(), 'Asia/Kolkata'); end $$`)
  const database = connect(t, url)
  const write = batchWriter(database)
  const batch = batchOf(
    [],
    [],
    [
      unkeptRejections(at('10:59')),
      unkeptRejections(at('10:10')),
      unkeptRejections({ ...at('11:00'), events: 1 }),
      unkeptRejections({ ...at('10:20'), name: null }),
      unkeptRejections({ ...at('10:20'), game_id: 2 }),
    ],
  )
  await write(batch)
  await write(batchOf([], [], [unkeptRejections({ ...at('10:30'), name: null, events: 5 })]))
  assert.deepEqual(await counted(database), [
    [1, '22 10:00', 'missing_field', 'start', null, 20, '10:10', '10:59'],
    [1, '22 10:00', 'missing_field', null, null, 15, '10:20', '10:30'],
    [1, '22 11:00', 'missing_field', 'start', null, 1, '11:00', '11:00'],
    [2, '22 10:00', 'missing_field', 'start', null, 10, '10:20', '10:20'],
  ])
})

test('a batch that is consumed again, at the same moment too, is counted once', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  const batch = batchOf(storableEvents(2), [quarantinedEvent()], [unkeptRejections(at('10:00'))])
  await Promise.all([write(batch), write(batch), write(batch)])
  await write(batch)
  assert.deepEqual(await counted(database), [
    [1, '22 10:00', 'missing_field', 'start', null, 10, '10:00', '10:00'],
  ])
})

test('a batch that is taken apart is counted once, also when it was cut short and is consumed again', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  const events = storableEvents(9, (index) => (index === 4 ? { properties: '{"text":"\\u0000"}' } : {}))
  const batch = batchOf(events, [quarantinedEvent()], [unkeptRejections(at('10:00'))])
  const context = { write, onWritten() {}, onError() {}, draining: new AbortController().signal }
  // As when the worker died after the first part.
  await write({ ...batch, events: events.slice(0, 2), quarantined: [], unkept: [] })
  for (let time = 0; time < 2; time++) {
    assert.deepEqual(await storeBatch(batch, context), { kind: 'done' })
    assert.deepEqual(await counted(database), [
      [1, '22 10:00', 'missing_field', 'start', null, 10, '10:00', '10:00'],
    ])
  }
})

test('many writers add to the same rows without losing a count', async (t) => {
  const { database } = await openFreshDatabase(t, 5)
  const write = batchWriter(database)
  const names = ['a', 'b', 'c', null]
  const batches = Array.from({ length: 40 }, (_, n) =>
    batchOf(
      [],
      [],
      names.map((_, at) => unkeptRejections({ name: names[(at + n) % 4] ?? null, events: 1 })),
    ),
  )
  await Promise.all(batches.map((batch) => write(batch)))
  const rows = (await counted(database)) as unknown[][]
  assert.deepEqual(
    rows.map((row) => [row[3], row[5]]),
    names.map((name) => [name, 40]),
  )
})
