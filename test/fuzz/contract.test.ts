// Whatever is sent, the API answers by the contract: never a 500, and with a verdict for every event.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Answer } from '../../src/contract/answer.ts'
import { REJECTION_REASONS } from '../../src/contract/rejection.ts'
import { assertProblem, DEMO, openTestApp, type TestApp } from '../test-app.ts'
import { until } from '../until.ts'
import { type HostileRequest, hostileRequest, readableRequest } from './bodies.ts'
import { SHORT_RUN } from './short-run.ts'

const EXPECTED = [202, 400, 413, 415, 422]

function send({ app }: TestApp, { body, headers }: HostileRequest) {
  const authorization = `Bearer ${DEMO.write}`
  return app.inject({
    method: 'POST',
    url: '/v1/events',
    headers: { authorization, ...headers },
    payload: body,
  })
}

test('any body gets an answer of the contract', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  const statuses = new Set<number>()
  const answered = async (request: HostileRequest) => {
    const response = await send(api, request)
    statuses.add(response.statusCode)
    assert.ok(EXPECTED.includes(response.statusCode), response.body)
    if (response.statusCode === 202 || response.statusCode === 422) assertAnswer(response.json())
    else assertProblem(response, response.statusCode, response.json().code)
    assert.deepEqual(api.logLines, [], 'a sender’s fault is no line in our log')
  }
  await fc.assert(fc.asyncProperty(hostileRequest, answered), SHORT_RUN)
  assert.ok(statuses.has(202) && statuses.has(400), 'the bodies are neither all good nor all bad')
})

test('accepted and rejected add up to what was sent, and all of it reaches the queue', async (t) => {
  // A minute for each request: in one they would be a flood, which is sampled.
  let nowMs = Date.UTC(2026, 10, 22)
  const api = await openTestApp({ now: () => (nowMs += 60_000) })
  t.after(() => api.close())
  const addsUp = async (request: HostileRequest & { events: number }) => {
    api.batches.length = 0
    const response = await send(api, request)
    const answer = response.json() as Answer
    assert.equal(response.statusCode, answer.accepted > 0 ? 202 : 422, response.body)
    assertAnswer(answer)
    assert.equal(answer.accepted + answer.rejected.length, request.events)
    await until(() => api.batches.length === 1)
    assert.equal(api.batches[0]?.events.length, answer.accepted)
    const kept = api.batches[0]?.quarantined ?? []
    assert.deepEqual(
      kept.map(({ reason, path, message }) => [reason, path, message]),
      answer.rejected.map(({ reason, path, message }) => [reason, path, message]),
    )
    for (const { raw } of kept) assert.ok(request.body.includes(raw), 'a rejected event is kept as it was sent')
  }
  await fc.assert(fc.asyncProperty(readableRequest, addsUp), SHORT_RUN)
})

/** What PostgreSQL's text refuses must not come out of a verdict either: it is stored in quarantine. */
function assertAnswer({ accepted, rejected }: Answer): void {
  assert.ok(Number.isInteger(accepted) && accepted >= 0)
  let last = -1
  for (const { index, reason, path, message } of rejected) {
    assert.ok(index > last, 'in order, each once')
    last = index
    assert.ok(REJECTION_REASONS.includes(reason) && reason !== 'refused_by_database')
    for (const text of [path, message]) assert.ok(text.isWellFormed() && !text.includes('\0'), text)
    assert.ok(message.length > 0 && message.length < 1_000)
  }
}
