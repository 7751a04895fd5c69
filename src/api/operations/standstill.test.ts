// The standstill of the workers: it is detected when the oldest batch stays the same, or when the queue does not answer.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { OldestBatches } from '../../queue/queue-inspector.ts'
import { watchStandstill } from './standstill.ts'

const NONE: OldestBatches = { waiting: undefined, active: undefined, delayed: undefined }

/** The check with a queue and a clock that the test controls. */
function watch(t: TestContext) {
  const state = { nowMs: 1_000_000, oldest: async () => NONE }
  const standstill = watchStandstill({ oldest: () => state.oldest() }, () => state.nowMs)
  t.after(() => standstill.close())
  return { state, standstill }
}

const waiting = (batch_id: string) => async () => ({
  ...NONE,
  waiting: { batch_id, enqueued_at: new Date(0) },
})
const active = (batch_id: string) => async () => ({ ...NONE, active: { batch_id, enqueued_at: new Date(0) } })

test('a queue that is empty or has a new batch is ready', async (t) => {
  const { state, standstill } = watch(t)
  assert.deepEqual(await standstill.check(), [])
  state.oldest = waiting('a')
  assert.deepEqual(await standstill.check(), [])
})

test('a batch that waits for more than 30 seconds ends the readiness, until a worker takes it', async (t) => {
  const { state, standstill } = watch(t)
  state.oldest = waiting('a')
  await standstill.check()
  state.nowMs += 30_000
  assert.deepEqual(await standstill.check(), [])
  state.nowMs += 1_000
  const reasons = await standstill.check()
  assert.equal(reasons.length, 1)
  assert.match(reasons[0] ?? '', /31 s.*worker/)
  state.oldest = waiting('b')
  assert.deepEqual(await standstill.check(), [])
})

test('a batch that is active for more than 30 seconds ends the readiness, until another is the oldest', async (t) => {
  const { state, standstill } = watch(t)
  state.oldest = active('a')
  await standstill.check()
  state.nowMs += 31_000
  assert.match((await standstill.check()).join(), /active for 31 s.*database/)
  state.oldest = active('b')
  assert.deepEqual(await standstill.check(), [])
  state.nowMs += 31_000
  state.oldest = async () => NONE
  assert.deepEqual(await standstill.check(), [])
})

test('a long backlog that makes progress is ready', async (t) => {
  const { state, standstill } = watch(t)
  for (let batch = 0; batch < 10; batch++) {
    state.oldest = waiting(`batch ${batch}`)
    assert.deepEqual(await standstill.check(), [])
    state.nowMs += 29_000
  }
})

test('the time of the oldest batch starts again after the queue was empty', async (t) => {
  const { state, standstill } = watch(t)
  state.oldest = waiting('a')
  await standstill.check()
  state.oldest = async () => NONE
  await standstill.check()
  state.nowMs += 60_000
  state.oldest = waiting('a')
  assert.deepEqual(await standstill.check(), [])
})

test('delayed batches do not end the readiness, because a worker released them', async (t) => {
  const { state, standstill } = watch(t)
  state.oldest = async () => ({ ...NONE, delayed: { batch_id: 'a', enqueued_at: new Date(0) } })
  await standstill.check()
  state.nowMs += 600_000
  assert.deepEqual(await standstill.check(), [])
})

test('a standstill is detected without a request', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const { state, standstill } = watch(t)
  state.oldest = waiting('a')
  t.mock.timers.tick(5_000)
  await nextTurn()
  state.nowMs += 31_000
  assert.equal((await standstill.check()).length, 1)
})

test('a queue that fails or never answers is a reason', async (t) => {
  const { state, standstill } = watch(t)
  state.oldest = () => Promise.reject(new Error('connection refused'))
  assert.match((await standstill.check())[0] ?? '', /queue cannot be read: connection refused/)
  t.mock.timers.enable({ apis: ['setTimeout'] })
  state.oldest = () => new Promise(() => {})
  const checked = standstill.check()
  t.mock.timers.tick(3_000)
  assert.match((await checked)[0] ?? '', /no answer within 3000 ms/)
  state.oldest = async () => NONE
  assert.deepEqual(await standstill.check(), [])
})
