// The turns of the reading routes: two requests of a key use the database at the same time, the others wait or are refused.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { assertProblem, DEMO, OTHER, openTestApp, reportReaderParts } from '../../../test/test-app.ts'
import { until } from '../../../test/until.ts'

/** An API whose report of revenue runs until the test ends it. */
async function openSlowReports(t: TestContext) {
  const running: (() => void)[] = []
  const reportReaders = {
    ...reportReaderParts([]),
    revenue: () => new Promise<string>((resolve) => running.push(() => resolve('{}'))),
  }
  const api = await openTestApp({ reportReaders })
  t.after(() => api.close())
  const ask = (path: string, game = 'demo', key = DEMO.admin) =>
    api.app.inject({ url: `/v1/games/${game}/${path}`, headers: { authorization: `Bearer ${key}` } })
  const askMany = (count: number) => Array.from({ length: count }, () => ask('reports/revenue'))
  const endAll = async (answers: Promise<unknown>[]) => {
    const all = Promise.all(answers).then(() => true)
    let isDone = false
    void all.then(() => {
      isDone = true
    })
    await until(() => {
      running.shift()?.()
      return isDone
    })
  }
  return { running, ask, askMany, endAll }
}

test('two requests of a game run, the others wait for their turn; another game does not wait', async (t) => {
  const { running, ask, askMany, endAll } = await openSlowReports(t)
  const answers = askMany(5)
  await until(() => running.length === 2)
  const others = [
    ask('reports/overview', 'other', OTHER.admin),
    ask('events', 'other', OTHER.admin),
    ask('rejections/list', 'other', OTHER.admin),
  ]
  for (const answer of await Promise.all(others)) assert.equal(answer.statusCode, 200)
  assert.equal(running.length, 2)
  await endAll(answers)
  for (const answer of answers) assert.equal((await answer).statusCode, 200)
})

test('the 51st request that waits is answered 429 at once, and every kind of answer ends a turn', async (t) => {
  const { running, ask, askMany, endAll } = await openSlowReports(t)
  const answers = askMany(52)
  await until(() => running.length === 2)
  const refused = await ask('events')
  assertProblem(refused, 429, 'too_many_requests')
  assert.equal(refused.headers['retry-after'], '1')
  await endAll(answers)
  for (let at = 0; at < 5; at++) {
    assert.equal((await ask('rejections/00000000-0000-4000-8000-000000000000')).statusCode, 404)
    assert.equal((await ask('events?from=2')).statusCode, 400)
    assert.equal((await ask('events', 'demo', OTHER.admin)).statusCode, 403)
  }
  assert.equal((await ask('events')).statusCode, 200)
})

test('a request that waits for five seconds is answered 429', async (t) => {
  const { running, ask, askMany, endAll } = await openSlowReports(t)
  const answers = askMany(2)
  await until(() => running.length === 2)
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const late = ask('events')
  const isAnswered = late.then(() => true)
  while (!(await Promise.race([isAnswered, new Promise((resolve) => setImmediate(resolve))]))) t.mock.timers.tick(1_000)
  assertProblem(await late, 429, 'too_many_requests')
  t.mock.timers.reset()
  await endAll(answers)
  assert.equal((await ask('events')).statusCode, 200)
})
