// The places of exports: how many run at the same time, in one process and of one game.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { fillEvents, openExports, runningExports } from '../../../test/open-exports.ts'
import { assertProblem, KEYS, keyEntry, NO_LAST_KEYS, OTHER } from '../../../test/test-app.ts'
import { until } from '../../../test/until.ts'
import { newKey } from '../../contract/key.ts'
import { openKeyRing } from '../admission/key-ring.ts'
import { EXPORTS_MAX } from './export.ts'

const OF_OTHER = { authorization: `Bearer ${OTHER.admin}` }

async function assertRefused(answer: IncomingMessage, status: number, code: string): Promise<void> {
  const body = await text(answer)
  assertProblem({ statusCode: answer.statusCode ?? 0, headers: answer.headers, body }, status, code)
  assert.match(String(answer.headers['retry-after']), /^\d+$/)
}

test('a game runs one export at a time, with any of its keys, and another game has a place', async (t) => {
  const second = newKey('read')
  const keys = await openKeyRing(async () => [...KEYS, keyEntry(second, 'read', 1, 'demo')], NO_LAST_KEYS, assert.fail)
  t.after(() => keys.close())
  const { database, begin } = await openExports(t, { keys })
  await fillEvents(database, 50_000)
  const running = await begin('ndjson')
  await assertRefused(await begin('csv'), 429, 'too_many_requests')
  await assertRefused(await begin('csv', { authorization: `Bearer ${second}` }), 429, 'too_many_requests')
  await assertRefused(await begin('ndjson?since=start'), 429, 'too_many_requests')
  const ofOther = await begin('ndjson', OF_OTHER, 'other')
  assert.equal(ofOther.statusCode, 200)
  await text(ofOther)
  await text(running)
  assert.equal((await begin('csv?name=none')).statusCode, 200)
})

test('an export beyond the limit of the process is answered unavailable', async (t) => {
  const third = newKey('admin')
  const keys = await openKeyRing(async () => [...KEYS, keyEntry(third, 'admin', 3, 'third')], NO_LAST_KEYS, assert.fail)
  t.after(() => keys.close())
  const { database, begin } = await openExports(t, { keys })
  await fillEvents(database, 50_000)
  await fillEvents(database, 50_000, 3)
  const running = [await begin('ndjson'), await begin('csv', { authorization: `Bearer ${third}` }, 'third')]
  assert.equal(running.length, EXPORTS_MAX)
  await assertRefused(await begin('csv', OF_OTHER, 'other'), 503, 'unavailable')
  for (const answer of running) await text(answer)
  assert.equal((await begin('csv', OF_OTHER, 'other')).statusCode, 200)
})

test('a running export ends when its key is revoked', async (t) => {
  let isRevoked = false
  const known = () => KEYS.find(({ kind, game }) => kind === 'admin' && game === 'demo')
  const keys = { known, find: async () => known(), isInForce: () => !isRevoked, close: async () => {} }
  const { database, begin } = await openExports(t, { keys })
  await fillEvents(database, 50_000)
  const answer = await begin('ndjson')
  await once(answer, 'readable')
  isRevoked = true
  // The rest is not read, as a client would do that keeps its place.
  await until(async () => (await runningExports(database)) === 0 && answer.destroyed === false)
  await assert.rejects(text(answer), /aborted/)
})

test('clients that went away during the check of their keys do not count as exports', async (t) => {
  const gate = Promise.withResolvers<void>()
  let asked = 0
  const { api, port, begin } = await openExports(t, {
    keys: {
      known: () => undefined,
      async find() {
        asked++
        await gate.promise
        return KEYS.find(({ kind, game }) => kind === 'admin' && game === 'demo')
      },
      isInForce: () => true,
      close: async () => {},
    },
  })
  const path = '/v1/games/demo/events.csv'
  const requests = Array.from({ length: EXPORTS_MAX }, () =>
    get({ port, host: '127.0.0.1', path, headers: { 'x-api-key': 'any' } }).on('error', () => {}),
  )
  await until(() => asked === EXPORTS_MAX)
  for (const request of requests) request.destroy()
  const connections = promisify<number>((done) => api.app.server.getConnections(done))
  await until(async () => (await connections()) === 0)
  gate.resolve()
  assert.equal((await begin('csv')).statusCode, 200)
})
