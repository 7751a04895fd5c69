// Readiness: the process is not ready when the queue makes no progress or does not answer, and when it drains.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { pino } from 'pino'
import { assertProblem, openTestApp } from '../../../test/test-app.ts'
import type { OldestBatches } from '../../queue/queue-inspector.ts'
import { operationsApp } from '../app.ts'
import { watchReadiness } from './readiness.ts'

const NONE: OldestBatches = { waiting: undefined, active: undefined, delayed: undefined }

/** The readiness with a queue and a clock that the test controls. */
function watch(t: TestContext) {
  const state = { nowMs: 1_000_000, oldest: async () => NONE }
  const readiness = watchReadiness({ oldest: () => state.oldest() }, () => state.nowMs)
  t.after(() => readiness.close())
  return { state, readiness }
}

const waiting = (batch_id: string) => async () => ({
  ...NONE,
  waiting: { batch_id, enqueued_at: new Date(0) },
})
const active = (batch_id: string) => async () => ({ ...NONE, active: { batch_id, enqueued_at: new Date(0) } })

test('a queue that is empty or has a new batch is ready', async (t) => {
  const { state, readiness } = watch(t)
  assert.deepEqual(await readiness.check(), [])
  state.oldest = waiting('a')
  assert.deepEqual(await readiness.check(), [])
})

test('a batch that waits for more than 30 seconds ends the readiness, until a worker takes it', async (t) => {
  const { state, readiness } = watch(t)
  state.oldest = waiting('a')
  await readiness.check()
  state.nowMs += 30_000
  assert.deepEqual(await readiness.check(), [])
  state.nowMs += 1_000
  const reasons = await readiness.check()
  assert.equal(reasons.length, 1)
  assert.match(reasons[0] ?? '', /31 s.*worker/)
  state.oldest = waiting('b')
  assert.deepEqual(await readiness.check(), [])
})

test('a batch that is active for more than 30 seconds ends the readiness, until another is the oldest', async (t) => {
  const { state, readiness } = watch(t)
  state.oldest = active('a')
  await readiness.check()
  state.nowMs += 31_000
  assert.match((await readiness.check()).join(), /active for 31 s.*database/)
  state.oldest = active('b')
  assert.deepEqual(await readiness.check(), [])
  state.nowMs += 31_000
  state.oldest = async () => NONE
  assert.deepEqual(await readiness.check(), [])
})

test('a long backlog that makes progress is ready', async (t) => {
  const { state, readiness } = watch(t)
  for (let batch = 0; batch < 10; batch++) {
    state.oldest = waiting(`batch ${batch}`)
    assert.deepEqual(await readiness.check(), [])
    state.nowMs += 29_000
  }
})

test('the time of the oldest batch starts again after the queue was empty', async (t) => {
  const { state, readiness } = watch(t)
  state.oldest = waiting('a')
  await readiness.check()
  state.oldest = async () => NONE
  await readiness.check()
  state.nowMs += 60_000
  state.oldest = waiting('a')
  assert.deepEqual(await readiness.check(), [])
})

test('delayed batches do not end the readiness, because a worker released them', async (t) => {
  const { state, readiness } = watch(t)
  state.oldest = async () => ({ ...NONE, delayed: { batch_id: 'a', enqueued_at: new Date(0) } })
  await readiness.check()
  state.nowMs += 600_000
  assert.deepEqual(await readiness.check(), [])
})

test('a standstill is detected without a request', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const { state, readiness } = watch(t)
  state.oldest = waiting('a')
  t.mock.timers.tick(5_000)
  await nextTurn()
  state.nowMs += 31_000
  assert.equal((await readiness.check()).length, 1)
})

test('a queue that fails or never answers is a reason', async (t) => {
  const { state, readiness } = watch(t)
  state.oldest = () => Promise.reject(new Error('connection refused'))
  assert.match((await readiness.check())[0] ?? '', /queue does not answer: connection refused/)
  t.mock.timers.enable({ apis: ['setTimeout'] })
  state.oldest = () => new Promise(() => {})
  const checked = readiness.check()
  t.mock.timers.tick(3_000)
  assert.match((await checked)[0] ?? '', /no answer within 3000 ms/)
  state.oldest = async () => NONE
  assert.deepEqual(await readiness.check(), [])
})

test('a process that drains is not ready', async (t) => {
  const { readiness } = watch(t)
  readiness.drain()
  assert.deepEqual(await readiness.check(), ['The process is draining.'])
})

test('/readyz answers the reasons, and /healthz only that the process is alive', async (t) => {
  const { state, readiness } = watch(t)
  const api = await openTestApp({ readiness })
  t.after(() => api.close())
  const ready = await api.app.inject('/readyz')
  assert.deepEqual([ready.statusCode, ready.json()], [200, { ready: true, reasons: [] }])
  state.oldest = waiting('a')
  await readiness.check()
  state.nowMs += 31_000
  const unready = await api.app.inject('/readyz')
  assert.equal(unready.statusCode, 503)
  assert.equal(unready.json().ready, false)
  assert.match(unready.json().reasons[0], /worker/)
  const alive = await api.app.inject('/healthz')
  assert.deepEqual([alive.statusCode, alive.json()], [200, { status: 'ok' }])
})

test('a worker has the same routes', async (t) => {
  const { readiness } = watch(t)
  const log = pino({ level: 'silent' })
  const app = await operationsApp({ log, readiness, metricsText: async () => 'figures' })
  t.after(() => app.close())
  assert.equal((await app.inject('/readyz')).statusCode, 200)
  assert.equal((await app.inject('/healthz')).statusCode, 200)
  assert.equal((await app.inject('/metrics')).body, 'figures')
  assertProblem(await app.inject({ method: 'POST', url: '/v1/events', payload: 'x' }), 404, 'not_found')
})
