// Which requests share a batch, when the batch is enqueued, and what each sender is answered.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { quarantinedEvent, storableEvent, storableEvents } from '../../../test/batches.ts'
import { until } from '../../../test/until.ts'
import type { EventBatch, QuarantinedEvent, RejectionsNotKept, StorableEvent } from '../../ingest/event-batch.ts'
import { groupRequests } from './group-requests.ts'

/** A disk that answers when the test calls `finish` or `fail`. */
function openDisk() {
  const writes: { batch: EventBatch; finish: () => void; fail: (error: Error) => void }[] = []
  let batches = 0
  const enqueue = groupRequests(
    (batch) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      // A copy, because events that are added later would not be on disk.
      writes.push({ batch: structuredClone(batch), finish: resolve, fail: reject })
      return promise
    },
    () => `batch-${++batches}`,
  )
  const enqueueEvents = (
    events: StorableEvent[],
    quarantined: QuarantinedEvent[],
    not_kept: RejectionsNotKept[] = [],
  ) => enqueue({ events, quarantined, not_kept })
  return { writes, enqueueEvents }
}

const names = (events: StorableEvent[] | undefined) => events?.map(({ name }) => name)
const named = (name: string) => [storableEvent({ name })]
const isPending = async (promise: Promise<unknown>) => {
  const pending = Symbol()
  return (await Promise.race([promise, Promise.resolve(pending)])) === pending
}

test('an idle process enqueues the requests of one turn at once, and answers when they are on disk', async () => {
  const { writes, enqueueEvents } = openDisk()
  const quarantined = quarantinedEvent()
  const answer = enqueueEvents(named('a'), [quarantined], [{ game_id: 1, events: 7 }])
  const sameTurn = enqueueEvents(named('b'), [])
  await nextTurn()
  assert.equal(writes.length, 1)
  assert.deepEqual(names(writes[0]?.batch.events), ['a', 'b'])
  assert.deepEqual(writes[0]?.batch.quarantined, [quarantined])
  assert.deepEqual(writes[0]?.batch.not_kept, [{ game_id: 1, events: 7 }])
  assert.ok(await isPending(answer))
  writes[0]?.finish()
  assert.deepEqual(await Promise.all([answer, sameTurn]), ['batch-1', 'batch-1'])
})

test('requests that arrive while a batch is under way share the next batch', async () => {
  const { writes, enqueueEvents } = openDisk()
  const first = enqueueEvents(named('a'), [])
  await nextTurn()
  const shared = [enqueueEvents(named('b'), []), enqueueEvents([], [quarantinedEvent()]), enqueueEvents(named('c'), [])]
  assert.equal(writes.length, 1)
  writes[0]?.finish()
  assert.equal(await first, 'batch-1')
  assert.equal(writes.length, 2)
  assert.deepEqual(names(writes[1]?.batch.events), ['b', 'c'])
  assert.equal(writes[1]?.batch.quarantined.length, 1)
  for (const answer of shared) assert.ok(await isPending(answer))
  writes[1]?.finish()
  assert.deepEqual(await Promise.all(shared), ['batch-2', 'batch-2', 'batch-2'])
})

test('a group waits a few milliseconds at most for the batch before it', async () => {
  const { writes, enqueueEvents } = openDisk()
  const slow = enqueueEvents(named('a'), [])
  await nextTurn()
  const next = enqueueEvents(named('b'), [])
  await until(() => writes.length === 2, 1_000)
  writes[1]?.finish()
  assert.equal(await next, 'batch-2')
  assert.ok(await isPending(slow))
  writes[0]?.finish()
  await slow
})

test('the third batch is enqueued when one of two batches under way is on disk', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { writes, enqueueEvents } = openDisk()
  const answers = [enqueueEvents(named('a'), [])]
  await nextTurn()
  answers.push(enqueueEvents(named('b'), []))
  t.mock.timers.tick(100)
  assert.equal(writes.length, 2)
  const third = [enqueueEvents(named('c'), [])]
  t.mock.timers.tick(100)
  third.push(enqueueEvents(named('d'), []))
  assert.equal(writes.length, 2)
  writes[1]?.finish()
  await answers[1]
  assert.deepEqual(names(writes[2]?.batch.events), ['c', 'd'])
  writes[0]?.finish()
  writes[2]?.finish()
  assert.deepEqual(await Promise.all(third), ['batch-3', 'batch-3'])
})

test('a busy process waits for more requests, and stops waiting after a small batch', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { writes, enqueueEvents } = openDisk()
  const many = Array.from({ length: 3 }, () => enqueueEvents(named('a'), []))
  await nextTurn()
  assert.equal(writes.length, 1)
  writes[0]?.finish()
  await Promise.all(many)
  const few = enqueueEvents(named('b'), [])
  await nextTurn()
  assert.equal(writes.length, 1)
  t.mock.timers.tick(10)
  assert.equal(writes.length, 2)
  writes[1]?.finish()
  await few
  const next = enqueueEvents(named('c'), [])
  await nextTurn()
  assert.equal(writes.length, 3)
  writes[2]?.finish()
  assert.equal(await next, 'batch-3')
})

test('a group that is full by its events or its bytes is enqueued at once', async () => {
  const { writes, enqueueEvents } = openDisk()
  const half = { properties: `{"text":"${'x'.repeat(1024 * 1024)}"}` }
  const answers = [enqueueEvents(named('a'), [])]
  await nextTurn()
  answers.push(enqueueEvents(storableEvents(600), []))
  assert.equal(writes.length, 1)
  answers.push(enqueueEvents(storableEvents(400), []))
  assert.equal(writes.length, 2)
  assert.equal(writes[1]?.batch.events.length, 1000)

  answers.push(enqueueEvents([storableEvent(half)], []))
  assert.equal(writes.length, 2)
  answers.push(enqueueEvents([], [quarantinedEvent({ raw: half.properties })]))
  assert.equal(writes.length, 3)
  for (const { finish } of writes) finish()
  assert.deepEqual(await Promise.all(answers), ['batch-1', 'batch-2', 'batch-2', 'batch-3', 'batch-3'])
})

test('a failed batch fails its own senders only', async () => {
  const { writes, enqueueEvents } = openDisk()
  const answers = [enqueueEvents(named('a'), [])]
  await nextTurn()
  answers.push(enqueueEvents(named('b'), []), enqueueEvents(named('c'), []))
  writes[0]?.finish()
  await answers[0]
  const later = enqueueEvents(named('d'), [])
  writes[1]?.fail(new Error('disk full'))
  await assert.rejects(answers[1] as Promise<string>, /disk full/)
  await assert.rejects(answers[2] as Promise<string>, /disk full/)
  await until(() => writes.length === 3)
  assert.deepEqual(
    names(writes[2]?.batch.events),
    ['d'],
    'a failed batch is not enqueued again, because its senders still own the events',
  )
  writes[2]?.finish()
  assert.equal(await later, 'batch-3')
})

test('under load every event is in one batch, and its sender gets the id of that batch', async () => {
  const { writes, enqueueEvents } = openDisk()
  const requests = Array.from({ length: 500 }, (_, index) => ({ name: `event-${index}` }))
  const answers = Promise.all(
    requests.map(async ({ name }) => {
      await new Promise((resolve) => setImmediate(resolve))
      return { name, batch_id: await enqueueEvents(named(name), []) }
    }),
  )
  let finished = 0
  const disk = setInterval(() => {
    if (finished < writes.length) writes[finished++]?.finish()
  }, 1)
  const answered = await answers
  clearInterval(disk)
  const home = new Map(writes.flatMap(({ batch }) => batch.events.map(({ name }) => [name, batch.batch_id])))
  assert.equal(writes.flatMap(({ batch }) => batch.events).length, 500)
  for (const { name, batch_id } of answered) assert.equal(home.get(name), batch_id)
})
