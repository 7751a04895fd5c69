// GET /v1/games/{game}/events/{event_id}: stored, queued, rejected and unknown, on a real database.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { batchWriter } from '../../../test/batch-writer.ts'
import { memoryQueue } from '../../../test/memory-queue.ts'
import { onEnd } from '../../../test/on-end.ts'
import { openFreshDatabase } from '../../../test/stores.ts'
import { anEvent, assertProblem, DEMO, OTHER, openTestApp, postEvents, type TestApp } from '../../../test/test-app.ts'
import { until } from '../../../test/until.ts'
import type { Explanation } from '../../contract/reading.ts'
import { findEvents } from '../../storage/events/find-event.ts'
import { rejectionsOfEvent } from '../../storage/quarantine/rejections.ts'
import { groupRequests } from '../events/group-requests.ts'

interface Explained {
  api: TestApp
  /** Processes the waiting batches: they are stored or become dead letters. */
  work(error?: Error): Promise<void>
  explain(eventId: string, query?: string): Promise<Explanation>
}

async function open(t: TestContext): Promise<Explained> {
  const { database } = await openFreshDatabase(t)
  const queue = memoryQueue(1)
  const api = await openTestApp({
    enqueue: groupRequests(queue.enqueue, randomUUID),
    findBatches: queue.findBatches,
    findEvents: (...sought) => findEvents(database, ...sought),
    rejectionsOfEvent: (...sought) => rejectionsOfEvent(database, ...sought),
  })
  onEnd(t, () => api.close())
  const write = batchWriter(database)
  return {
    api,
    async work(error) {
      const consumer = queue.consume(async (batch) => {
        if (error) return { kind: 'dead_letter', error }
        await write(batch)
        return { kind: 'done' }
      }, 1)
      await until(async () => {
        const { waiting, active } = await queue.counts()
        return waiting + active === 0
      })
      await consumer.stop()
    },
    async explain(eventId, query = '') {
      const response = await read(api, `${eventId}${query}`, DEMO.admin)
      assert.equal(response.statusCode, 200, response.body)
      return response.json()
    },
  }
}

function read({ app }: TestApp, path: string, key: string) {
  return app.inject({ url: `/v1/games/demo/events/${path}`, headers: { authorization: `Bearer ${key}` } })
}

test('an event is queued and then stored, with its batch and times', async (t) => {
  const { api, work, explain } = await open(t)
  const event_id = randomUUID()
  const occurred_at = '2026-11-22T09:59:58.123Z'
  const sent = await postEvents(api, anEvent({ event_id, occurred_at }))
  const batch_id = sent.headers['playtrace-batch-id']

  const queued = await explain(event_id)
  assert.equal(queued.state, 'queued')
  const { enqueued_at, ...rest } = queued.queued[0] ?? assert.fail()
  assert.deepEqual(rest, { batch_id, state: 'waiting', verdict: 'accepted', attempts: 0, error: '' })
  assert.ok(Date.parse(enqueued_at) <= Date.now())
  assert.deepEqual(queued.searched, { batches: 1, batches_left_out: 0, events_complete: true })

  await work()
  for (const query of ['', `?occurred_at=${occurred_at}`]) {
    const { state, stored, queued } = await explain(event_id.toUpperCase(), query)
    assert.deepEqual([state, queued], ['stored', []])
    assert.equal(stored[0]?.batch_id, batch_id)
    assert.equal(stored[0]?.occurred_at, '2026-11-22T09:59:58.123000Z')
    assert.ok((stored[0]?.received_at ?? '') <= (stored[0]?.stored_at ?? ''))
  }
})

test('a rejected event has its reason, and a dead letter has its error', async (t) => {
  const { api, work, explain } = await open(t)
  const event_id = randomUUID()
  await postEvents(api, { event_id, name: 'n' })
  assert.deepEqual((await explain(event_id)).queued[0]?.verdict, 'rejected')
  await work()
  const { state, rejected } = await explain(event_id)
  assert.equal(state, 'rejected')
  assert.deepEqual([rejected[0]?.reason, rejected[0]?.path], ['missing_field', '/player_id'])

  await postEvents(api, anEvent({ event_id }))
  await work(new Error('beyond hope'))
  const dead = await explain(event_id)
  assert.equal(dead.state, 'queued')
  assert.deepEqual([dead.queued[0]?.state, dead.queued[0]?.error], ['dead_letter', 'beyond hope'])
  assert.equal(dead.rejected.length, 1)
})

test('an unknown event, an event of another game and a wrong key give no information', async (t) => {
  const { api, explain } = await open(t)
  const event_id = randomUUID()
  const headers = { authorization: `Bearer ${OTHER.write}` }
  await postEvents(api, anEvent({ event_id }), headers)
  const { state, stored, queued, rejected } = await explain(event_id)
  assert.deepEqual([state, stored, queued, rejected], ['unknown', [], [], []])
  assertProblem(await read(api, event_id, DEMO.write), 403, 'forbidden')
  assertProblem(await read(api, event_id, OTHER.admin), 403, 'forbidden')
  assertProblem(await read(api, 'no-uuid', DEMO.admin), 400, 'invalid_path')
  assertProblem(await read(api, `${event_id}?occurred_at=x`, DEMO.admin), 400, 'invalid_query')
})
