// The test suite for findBatches, run in memory, on PostgreSQL and on Redis.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { batchOf, quarantinedEvent, storableEvent } from '../../test/batches.ts'
import { until } from '../../test/until.ts'
import type { EventBatch } from '../ingest/event-batch.ts'
import { consume, type OpenQueue } from './event-queue.testsuite.ts'
import type { Outcome } from './event-queue.ts'

const DONE: Outcome = { kind: 'done' }
const oneEvent = () => batchOf([storableEvent()])

export function findBatchesSuite(name: string, open: OpenQueue): void {
  describe(`finding batches on ${name}`, { concurrency: false }, () => {
    test('finds a batch by its content in every state until it is stored', async (t) => {
      const queue = await open(t)
      const batch = batchOf([storableEvent({ player_id: 'sought' })], [quarantinedEvent()])
      await queue.enqueue(oneEvent())
      await queue.enqueue(batch)
      await queue.enqueue(oneEvent())
      const isSought = ({ events }: EventBatch) => events.some(({ player_id }) => player_id === 'sought')
      const sought = async () => {
        const { found, searched, left_out } = await queue.findBatches(isSought, 10)
        assert.equal(left_out, 0)
        return {
          searched,
          found: found.map(({ enqueued_at, ...rest }) => ({ ...rest, age: Date.now() - +enqueued_at })),
        }
      }
      const waiting = await sought()
      assert.equal(waiting.searched, 3)
      assert.ok((waiting.found[0]?.age ?? -1) >= 0)
      assert.deepEqual(waiting.found, [{ batch, state: 'waiting', attempts: 0, error: '', age: waiting.found[0]?.age }])

      const gate = Promise.withResolvers<Outcome>()
      consume(t, queue, (one) => (isSought(one) ? gate.promise : Promise.resolve(DONE)), 3)
      await until(async () => (await sought()).found[0]?.state === 'active')
      gate.resolve({ kind: 'dead_letter', error: new Error('beyond hope') })
      await until(async () => (await sought()).found[0]?.state === 'dead_letter')
      const [letter] = (await sought()).found
      assert.deepEqual([letter?.attempts, letter?.error], [1, 'beyond hope'])
      assert.deepEqual(letter?.batch, batch)
    })

    test('searches the newest batches and returns how many it left out', async (t) => {
      const queue = await open(t)
      const batches = Array.from({ length: 5 }, oneEvent)
      for (const batch of batches) await queue.enqueue(batch)
      const { found, searched, left_out } = await queue.findBatches(() => true, 2)
      assert.deepEqual([searched, left_out], [2, 3])
      assert.deepEqual(
        found.map(({ batch }) => batch.batch_id).sort(),
        batches.slice(3).map(({ batch_id }) => batch_id),
      )
    })
  })
}
