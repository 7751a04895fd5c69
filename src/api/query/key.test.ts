// GET /v1/key: the answer to each kind of key.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem, DEMO, INSTALLATION_KEY, OTHER, openTestApp, REVOKED_KEY } from '../../../test/test-app.ts'

test('the answer has the game and the kind of the key, and nothing else', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  const ask = (key: string) => api.app.inject({ url: '/v1/key', headers: { authorization: `Bearer ${key}` } })
  assert.deepEqual((await ask(DEMO.admin)).json(), { game: 'demo', kind: 'admin' })
  assert.deepEqual((await ask(OTHER.write)).json(), { game: 'other', kind: 'write' })
  assert.deepEqual((await ask(INSTALLATION_KEY)).json(), { game: null, kind: 'installation' })
  assertProblem(await ask(REVOKED_KEY), 401, 'unauthorized')
  const { detail } = assertProblem(await api.app.inject('/v1/key'), 401, 'unauthorized')
  assert.match(detail, /^Send a write, server, read, admin or installation key: Authorization: Bearer <key>\.$/)
})
