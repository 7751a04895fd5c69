// The places of exports: how many run at the same time, in one process and with one key.

import assert from 'node:assert/strict'
import { get } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { fillEvents, openExports } from '../../../test/open-exports.ts'
import { assertProblem, KEYS } from '../../../test/test-app.ts'
import { until } from '../../../test/until.ts'
import { EXPORTS_MAX } from './export.ts'

test('a third export at the same time is answered unavailable', async (t) => {
  const { database, begin } = await openExports(t)
  await fillEvents(database, 50_000)
  const answers = [await begin('ndjson'), await begin('csv')]
  const third = await begin('csv')
  const body = await text(third)
  assertProblem({ statusCode: third.statusCode ?? 0, headers: third.headers, body }, 503, 'unavailable')
  assert.match(String(third.headers['retry-after']), /^\d+$/)
  for (const answer of answers) await text(answer)
  assert.equal((await begin('csv?name=none')).statusCode, 200)
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
