// What a fold makes of stored events.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, storableEvent } from '../../../test/batches.ts'
import { dumpRollups } from '../../../test/rollup-dump.ts'
import { openFreshDatabase } from '../../../test/stores.ts'
import { batchWriter } from '../write-events.ts'
import { foldWrites } from './fold-writes.ts'

test('a first event', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  await write(batchOf([storableEvent({ properties: '{"level":3,"duration_ms":1500}' })]))
  assert.deepEqual(await foldWrites(database), { writes: 1, events: 1, more: false })
  assert.deepEqual(await foldWrites(database), { writes: 0, events: 0, more: false })
  const { level_days } = await dumpRollups(database)
  assert.deepEqual(level_days, [
    '{"game_id":1,"day":"2026-11-22","level":3,"starts":0,"fails":0,"completes":1}',
  ])
})
