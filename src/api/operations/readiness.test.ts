// Readiness: a process answers only for its own work, and lists what is wrong elsewhere.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { assertProblem, openTestApp } from '../../../test/test-app.ts'
import { QueueUnavailable } from '../../queue/event-queue.ts'
import { operationsApp } from '../app.ts'
import { onceASecond } from './once-a-second.ts'
import { addReadinessGauges, queueTakesWrites, watchReadiness } from './readiness.ts'

test('/readyz answers for this process, and lists problems elsewhere; /healthz only that the process is alive', async (t) => {
  const own: string[] = []
  const elsewhere: string[] = []
  const readiness = watchReadiness([() => own], [async () => elsewhere])
  const api = await openTestApp({ readiness })
  t.after(() => api.close())
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const ask = async () => {
    t.mock.timers.tick(1_000)
    const response = await api.app.inject('/readyz')
    return [response.statusCode, response.json()]
  }
  assert.deepEqual(await ask(), [200, { ready: true, reasons: [], degraded: [] }])
  elsewhere.push('No worker runs.')
  assert.deepEqual(await ask(), [200, { ready: true, reasons: [], degraded: ['No worker runs.'] }])
  own.push('The queue takes no writes.')
  const reasons = ['The queue takes no writes.']
  assert.deepEqual(await ask(), [503, { ready: false, reasons, degraded: ['No worker runs.'] }])
  own.pop()
  await ask()
  readiness.drain()
  const { reasons: now } = (await api.app.inject('/readyz')).json()
  assert.deepEqual(now, ['The process is draining.'], 'at once, although the checks do not run again')
  const alive = await api.app.inject('/healthz')
  assert.deepEqual([alive.statusCode, alive.json()], [200, { status: 'ok' }])
})

test('/readyz and /metrics are computed once a second, whoever asks', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const runs = { checks: 0, metrics: 0 }
  const readiness = watchReadiness([
    () => {
      runs.checks++
      return []
    },
  ])
  const metricsText = async () => `figures ${++runs.metrics}`
  const api = await openTestApp({ readiness, metricsText })
  t.after(() => api.close())
  const askAll = () => Promise.all(['/readyz', '/metrics', '/readyz', '/metrics'].map((url) => api.app.inject(url)))
  const answers = [...(await askAll()), ...(await askAll())]
  assert.deepEqual(runs, { checks: 1, metrics: 1 })
  assert.ok(answers.every(({ statusCode }) => statusCode === 200))
  t.mock.timers.tick(1_000)
  assert.equal((await askAll())[1]?.body, 'figures 2')
  assert.deepEqual(runs, { checks: 2, metrics: 2 })
})

test('metrics that cannot be read are tried again after a second', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let tries = 0
  const read = onceASecond(async () => {
    if (++tries === 1) throw new Error('away')
    return tries
  })
  await Promise.all([assert.rejects(read(), /away/), assert.rejects(read(), /away/)])
  t.mock.timers.tick(1_000)
  assert.deepEqual([await read(), await read()], [2, 2])
})

test('a queue that can be read and takes no writes is a reason, with the answer of its server', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const state = { verifyWritable: async () => {} }
  const check = queueTakesWrites({ verifyWritable: () => state.verifyWritable() })
  assert.deepEqual(await check(), [])
  const cause = new Error("READONLY You can't write against a read only replica.")
  state.verifyWritable = () => Promise.reject(new QueueUnavailable('No.', { cause }))
  const sentence = "The queue takes no writes: READONLY You can't write against a read only replica."
  assert.deepEqual(await check(), [sentence])
  state.verifyWritable = () => new Promise(() => {})
  const checked = check()
  t.mock.timers.tick(3_000)
  assert.deepEqual(await checked, ['The queue takes no writes: no answer within 3000 ms.'])
})

test('the metrics show readiness and degradation', async () => {
  const registry = new Registry()
  const elsewhere = ['No worker runs.', 'The disk is full.']
  const readiness = watchReadiness([], [() => elsewhere])
  addReadinessGauges(registry, readiness)
  assert.match(await registry.metrics(), /^playtrace_ready 1$[\s\S]*^playtrace_degraded 2$/m)
  readiness.drain()
  assert.match(await registry.metrics(), /^playtrace_ready 0$/m)
})

test('a worker has the same routes', async (t) => {
  const log = pino({ level: 'silent' })
  const readiness = watchReadiness([])
  const app = await operationsApp({ log, readiness, metricsText: async () => 'figures' })
  t.after(() => app.close())
  assert.equal((await app.inject('/readyz')).statusCode, 200)
  assert.equal((await app.inject('/healthz')).statusCode, 200)
  assert.equal((await app.inject('/metrics')).body, 'figures')
  assertProblem(await app.inject({ method: 'POST', url: '/v1/events', payload: 'x' }), 404, 'not_found')
})
