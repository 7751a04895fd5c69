// The loop of folds: no pause while more writes wait, a retry after an outage, and a drain.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchWriter } from '../../test/batch-writer.ts'
import { batchOf, storableEvents } from '../../test/batches.ts'
import { onEnd } from '../../test/on-end.ts'
import { closeDatabase, openFreshDatabase, reopenDatabase } from '../../test/stores.ts'
import { until } from '../../test/until.ts'
import type { StorageError } from '../storage/postgres/storage-error.ts'
import { countUnrolledWrites, foldWrites } from '../storage/rollups/fold-writes.ts'
import { startRollupWorker } from './rollup-worker.ts'

test('stored events are folded, also after the database was away', async (t) => {
  const { url, database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  const errors: Error[] = []
  const worker = startRollupWorker({
    fold: () => foldWrites(database),
    reportError: (error) => errors.push(error),
  })
  onEnd(t, () => worker.stop())
  const folded = async (events: number) =>
    until(async () => {
      const { rows } = await database.query('select sum(events)::integer as events from playtrace.hourly_events')
      return rows[0].events === events && (await countUnrolledWrites(database)) === 0
    })
  await write(batchOf(storableEvents(10)))
  await folded(10)
  await closeDatabase(url)
  await until(() => errors.length > 0)
  assert.equal((errors[0] as StorageError).code, 'DATABASE_AWAY')
  await reopenDatabase(url)
  await write(batchOf(storableEvents(5)))
  await folded(15)
})

test('the loop does not pause while more writes wait, and a drain ends it', async () => {
  let folds = 0
  const worker = startRollupWorker({
    fold: async () => ({ writes: 1, events: 1, more: ++folds < 50 }),
    reportError: assert.fail,
  })
  const startedMs = performance.now()
  await until(() => folds >= 50)
  assert.ok(performance.now() - startedMs < 1_000, 'a pause is a second')
  await worker.stop()
  assert.equal(folds, 50)
})
