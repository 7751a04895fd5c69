// The dashboard's sessions on a real database: what a cookie may do, how it ends, and what never reads it.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { openFreshDatabase } from '../../../test/stores.ts'
import { anEvent, assertProblem, openTestApp } from '../../../test/test-app.ts'
import { hashKey, newKey } from '../../contract/key.ts'
import { addKey, ensureGame, ensureKey, keysInForce, listKeys, revokeKey } from '../../storage/games/games.ts'
import { addSession, deleteSession, readSession } from '../../storage/games/sessions.ts'
import { openKeyRing } from './key-ring.ts'
import { openSessions } from './sessions.ts'

const EVENTS = '/v1/games/demo/events'
const REPLAY = '/v1/games/demo/rejections/replay'
const own = { 'sec-fetch-site': 'same-origin' }

async function open(t: TestContext) {
  const { database } = await openFreshDatabase(t)
  const [admin, write] = [newKey('admin'), newKey('write')]
  const gameId = await ensureGame(database, 'demo')
  await ensureKey(database, { gameId, kind: 'admin', key: admin, label: 'test' })
  await ensureKey(database, { gameId, kind: 'write', key: write, label: 'test' })
  const [read, installation] = [newKey('read'), newKey('installation')]
  await addKey(database, { gameId: await ensureGame(database, 'another'), kind: 'read', key: read, label: 'test' })
  await addKey(database, { gameId: null, kind: 'installation', key: installation, label: 'test' })
  const noLastKeys = { read: async () => undefined, store: async () => {} }
  const keys = await openKeyRing(() => keysInForce(database), noLastKeys, assert.fail)
  t.after(() => keys.close())
  const api = await openTestApp({
    keys,
    addSession: addSession.bind(null, database),
    readSession: readSession.bind(null, database),
    deleteSession: deleteSession.bind(null, database),
  })
  t.after(() => api.close())
  const signIn = (key: string) =>
    api.app.inject({ method: 'POST', url: '/v1/session', headers: { authorization: `Bearer ${key}` } })
  return { api, database, admin, write, read, installation, signIn }
}

test('an admin key begins a session, and its cookie reads the game', async (t) => {
  const { api, database, admin, write, signIn } = await open(t)
  assertProblem(await signIn(write), 403, 'forbidden')
  assertProblem(await signIn('x'), 401, 'unauthorized')
  const answer = await signIn(admin)
  assert.deepEqual(answer.json(), { games: ['demo'] })
  const header = String(answer.headers['set-cookie'])
  assert.match(header, /^playtrace_session=[\w-]{43}; Path=\/v1; Max-Age=2592000; HttpOnly; SameSite=Strict$/)
  const cookie = header.split(';')[0] ?? ''
  const get = async (url: string, given = cookie) => api.app.inject({ url, headers: { cookie: given } })
  assert.equal((await get(EVENTS)).statusCode, 200)
  assert.deepEqual((await get('/v1/key')).json(), { game: 'demo', kind: 'admin' })
  assert.deepEqual((await get('/v1/session')).json(), { games: ['demo'] })
  assert.deepEqual((await get('/v1/session', '')).json(), { games: [] })
  assertProblem(await get('/v1/games/other/events'), 403, 'forbidden')
  const unknown = `playtrace_session=${'x'.repeat(43)}`
  assert.equal(
    assertProblem(await get(EVENTS, unknown), 401, 'unauthorized').detail,
    'The session has ended. Sign in again.',
  )
  for (const given of ['playtrace_session=', 'playtrace_session=short', 'other=1'])
    assertProblem(await get(EVENTS, given), 401, 'unauthorized')
  const { rows } = await database.query('select token_hash from playtrace.dashboard_sessions')
  assert.deepEqual(rows, [{ token_hash: hashKey(cookie.slice('playtrace_session='.length)) }])
})

test('a read key begins a session that changes nothing, and an installation key one for every game', async (t) => {
  const { api, read, installation, signIn } = await open(t)
  const cookieOf = async (key: string, games: string[]) => {
    const answer = await signIn(key)
    assert.deepEqual(answer.json(), { games })
    return String(answer.headers['set-cookie']).split(';')[0] ?? ''
  }
  const payload = { ids: ['11111111-1111-4111-8111-111111111111'] }
  const replay = (game: string, cookie: string) =>
    api.app.inject({
      method: 'POST',
      url: `/v1/games/${game}/rejections/replay`,
      headers: { cookie, ...own },
      payload,
    })
  assert.equal(
    assertProblem(await replay('another', await cookieOf(read, ['another'])), 403, 'forbidden').detail,
    'This route needs an admin or installation key; the request has a read key.',
  )
  const cookie = await cookieOf(installation, ['another', 'demo'])
  for (const game of ['another', 'demo']) assert.equal((await replay(game, cookie)).statusCode, 200)
  assert.equal(assertProblem(await replay('no-game', cookie), 403, 'forbidden').detail, 'There is no game no-game.')
  assert.deepEqual((await api.app.inject({ url: '/v1/session', headers: { cookie } })).json(), {
    games: ['another', 'demo'],
  })
})

test('the sending route reads no cookie, and only an own page may change something', async (t) => {
  const { api, admin, signIn } = await open(t)
  const cookie = String((await signIn(admin)).headers['set-cookie']).split(';')[0] ?? ''
  const json = { 'content-type': 'application/json', cookie, host: 'play.example' }
  const post = (url: string, headers: object, payload: object) =>
    api.app.inject({ method: 'POST', url, headers: { ...json, ...headers }, payload })
  assertProblem(await post('/v1/events', own, anEvent()), 401, 'unauthorized')
  const ids = { ids: ['11111111-1111-4111-8111-111111111111'] }
  const foreign = [{}, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { origin: 'null' }]
  for (const headers of [...foreign, { origin: 'https://evil.example' }])
    assertProblem(await post(REPLAY, headers, ids), 403, 'forbidden')
  for (const headers of [own, { origin: 'http://play.example' }])
    assert.equal((await post(REPLAY, headers, ids)).statusCode, 200)
})

test('a session ends when it is ended, expires, or its key is revoked', async (t) => {
  const { api, database, admin, signIn } = await open(t)
  const begin = async () => String((await signIn(admin)).headers['set-cookie']).split(';')[0] ?? ''
  const status = async (cookie: string) => (await api.app.inject({ url: EVENTS, headers: { cookie } })).statusCode
  const ended = await begin()
  assert.equal(await status(ended), 200)
  await api.app.inject({ method: 'DELETE', url: '/v1/session', headers: { cookie: ended } })
  assert.equal(await status(ended), 200, 'another site cannot end a session')
  const answer = await api.app.inject({ method: 'DELETE', url: '/v1/session', headers: { cookie: ended, ...own } })
  assert.equal(answer.statusCode, 204)
  assert.match(String(answer.headers['set-cookie']), /^playtrace_session=; Path=\/v1; Max-Age=0;/)
  assert.equal(await status(ended), 401)

  const expired = await begin()
  await database.query(`update playtrace.dashboard_sessions set expires_at = now() - interval '1 second'`)
  assert.equal(await status(expired), 401)
  const revoked = await begin()
  const [{ fingerprint } = assert.fail()] = (await listKeys(database)).filter(({ kind }) => kind === 'admin')
  await revokeKey(database, fingerprint)
  assert.equal(await status(revoked), 401)
})

test('a session is read again after five seconds, and at once after a failure', async () => {
  let nowMs = 0
  let reads = 0
  const sessions = openSessions(
    {
      readSession: async () => {
        reads++
        if (reads === 3) throw new Error('away')
        return undefined
      },
    },
    () => nowMs,
  )
  await Promise.all([sessions.find('a'), sessions.find('a')])
  assert.equal(reads, 1)
  nowMs = 5_000
  await sessions.find('a')
  assert.equal(reads, 2)
  nowMs = 10_000
  await assert.rejects(sessions.find('a'))
  await sessions.find('a')
  assert.equal(reads, 4)
})
