// Rejected events that are not kept are counted once, also if their batch is written again or in parts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchWriter } from '../../../test/batch-writer.ts'
import { batchOf, quarantinedEvent, storableEvents } from '../../../test/batches.ts'
import { openFreshDatabase } from '../../../test/stores.ts'
import { storeBatch } from '../../worker/store-batch.ts'
import { deleteOldNotKept, readNotKept } from './rejections-not-kept.ts'

const notKept = (events: number, game_id = 1) => ({ game_id, events })

test('the counts of a game are added up over requests, batches and days, and old days are deleted', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  await database.query(`insert into playtrace.rejections_not_kept
    select 1, (now() at time zone 'UTC')::date - days, events from (values (90, 100), (91, 1000)) as old (days, events)`)
  await write(batchOf([], [], [notKept(1), notKept(7, 2), notKept(2)]))
  await write(batchOf([], [], [notKept(30)]))
  assert.equal(await readNotKept(database, 1), 1_133)
  assert.equal(await readNotKept(database, 2), 7)
  assert.equal(await readNotKept(database, 3), 0)
  await deleteOldNotKept(database, 90)
  assert.equal(await readNotKept(database, 1), 133)
})

test('a batch that is consumed again, also at the same time, is counted once', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  const batch = batchOf(storableEvents(2), [quarantinedEvent()], [notKept(10)])
  await Promise.all([write(batch), write(batch), write(batch)])
  await write(batch)
  assert.equal(await readNotKept(database, 1), 10)
})

test('a batch that is stored in parts is counted once, also if the worker died after the first part', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  const context = { write, onWritten() {}, onError() {}, draining: new AbortController().signal }
  const events = storableEvents(9, (index) => (index === 4 ? { properties: '{"text":"\\u0000"}' } : {}))
  const batch = batchOf(events, [quarantinedEvent()], [notKept(10)])
  let writes = 0
  const dies = async () => {
    throw new Error('The worker died.')
  }
  const dying = { ...context, write: (part: typeof batch) => (++writes > 2 ? dies() : write(part)) }
  await storeBatch(batch, dying)
  assert.equal(await readNotKept(database, 1), 10, 'the first write is refused, and the second is the first part')
  for (let time = 0; time < 2; time++) {
    assert.deepEqual(await storeBatch(batch, context), { kind: 'done' })
    assert.equal(await readNotKept(database, 1), 10)
  }
})
