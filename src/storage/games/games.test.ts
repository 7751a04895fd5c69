// Games and keys: which keys are valid, and that the database never holds a key.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openFreshDatabase } from '../../../test/stores.ts'
import { fingerprintOf, hashKey, newKey } from '../../contract/key.ts'
import type { Database } from '../postgres/database.ts'
import { addKey, ensureGame, ensureKey, keysInForce, listKeys, revokeKey } from './games.ts'

async function hashesInForce(database: Database): Promise<string[]> {
  return (await keysInForce(database)).map(({ key_hash }) => key_hash.toString('hex')).sort()
}

const hashes = (...keys: string[]) => keys.map((key) => hashKey(key).toString('hex')).sort()

test('a game is created once, also by several connections at the same time', async (t) => {
  const { database } = await openFreshDatabase(t)
  const ids = await Promise.all(Array.from({ length: 8 }, () => ensureGame(database, 'demo')))
  assert.equal(new Set(ids).size, 1)
  assert.notEqual(await ensureGame(database, 'other'), ids[0])
})

test('a game’s name fits into a URL', async (t) => {
  const { database } = await openFreshDatabase(t)
  for (const name of ['', 'Demo', 'a b', 'ä', '-a', 'a/b', 'a'.repeat(64)]) {
    await assert.rejects(ensureGame(database, name), { code: 'EVENTS_REFUSED' }, name)
  }
  await ensureGame(database, `0${'a-_'.repeat(20)}`)
})

test('a valid key has its game and kind', async (t) => {
  const { database } = await openFreshDatabase(t)
  const gameId = await ensureGame(database, 'demo')
  const key = newKey('admin')
  await ensureKey(database, { gameId, kind: 'admin', key, label: 'first' })
  await ensureKey(database, { gameId, kind: 'admin', key, label: 'first' })
  // By default, times since 35 days before the game was created are believed.
  const first_day = Math.floor(Date.now() / 86_400_000) - 35
  assert.deepEqual(await keysInForce(database), [
    { key_hash: hashKey(key), key_no: 1, kind: 'admin', game_id: gameId, game: 'demo', first_day, late_days: 35 },
  ])
})

test('an installation key has all games, and no other key is without a game', async (t) => {
  const { database } = await openFreshDatabase(t)
  const [one, two] = [await ensureGame(database, 'one'), await ensureGame(database, 'two')]
  const installation = { gameId: null, kind: 'installation', key: newKey('installation'), label: '' } as const
  await addKey(database, installation)
  const [key] = await keysInForce(database)
  assert.deepEqual(
    key?.games?.map(({ game_id, game }) => [game_id, game]),
    [
      [one, 'one'],
      [two, 'two'],
    ],
  )
  assert.equal((await listKeys(database))[0]?.game, null)
  for (const wrong of [
    { ...installation, gameId: one },
    { ...installation, kind: 'admin' as const },
  ])
    await assert.rejects(addKey(database, { ...wrong, key: newKey('read') }), { code: 'EVENTS_REFUSED' })
})

test('a start with a known key uses up no key number', async (t) => {
  const { database } = await openFreshDatabase(t)
  const first = { gameId: await ensureGame(database, 'demo'), kind: 'write', key: newKey('write'), label: 'a' } as const
  for (let starts = 0; starts < 5; starts++) await ensureKey(database, first)
  await ensureKey(database, { ...first, key: newKey('write'), label: 'b' })
  assert.deepEqual(
    (await keysInForce(database)).map(({ key_no }) => key_no),
    [1, 2],
  )
})

test('a new key replaces only the key with the same game, kind and label', async (t) => {
  const { database } = await openFreshDatabase(t)
  const gameId = await ensureGame(database, 'demo')
  const otherGame = await ensureGame(database, 'other')
  const [old, admin, labelled, foreign, fresh] = Array.from({ length: 5 }, () => newKey('write')) as [
    string,
    string,
    string,
    string,
    string,
  ]
  await ensureKey(database, { gameId, kind: 'write', key: old, label: 'first' })
  await ensureKey(database, { gameId, kind: 'admin', key: admin, label: 'first' })
  await ensureKey(database, { gameId, kind: 'write', key: labelled, label: 'console' })
  await ensureKey(database, { gameId: otherGame, kind: 'write', key: foreign, label: 'first' })
  await ensureKey(database, { gameId, kind: 'write', key: fresh, label: 'first' })
  assert.deepEqual(await hashesInForce(database), hashes(admin, labelled, foreign, fresh))

  await ensureKey(database, { gameId, kind: 'write', key: old, label: 'first' })
  assert.deepEqual(await hashesInForce(database), hashes(admin, labelled, foreign, old), 'back again')
  assert.equal((await listKeys(database)).length, 5, 'events may refer to the key that was replaced')

  assert.equal(await revokeKey(database, fingerprintOf(hashKey(fresh))), 1)
  assert.equal(await ensureKey(database, { gameId, kind: 'write', key: fresh, label: 'first' }), false, 'revoked')
})

test('a revoked key is not valid and is still listed', async (t) => {
  const { database } = await openFreshDatabase(t)
  const gameId = await ensureGame(database, 'demo')
  const [kept, lost] = [newKey('write'), newKey('write')]
  await ensureKey(database, { gameId, kind: 'write', key: kept, label: 'kept' })
  await ensureKey(database, { gameId, kind: 'write', key: lost, label: 'lost' })
  const listed = await listKeys(database)
  const { fingerprint = '' } = listed.find(({ label }) => label === 'lost') ?? {}
  assert.match(fingerprint, /^[0-9a-f]{12}$/)
  assert.equal(await revokeKey(database, fingerprint), 1)
  assert.equal(await revokeKey(database, fingerprint), 0, 'it is not in force any more')
  assert.deepEqual(await hashesInForce(database), hashes(kept))
  const again = await ensureKey(database, { gameId, kind: 'write', key: lost, label: 'lost' })
  assert.equal(again, false, 'a start that still has it in a file or a variable does not bring it back')
  assert.deepEqual(await hashesInForce(database), hashes(kept))
  const [first, second] = await listKeys(database)
  assert.equal(first?.revoked_at, null)
  assert.ok(second?.revoked_at instanceof Date)
})

test('only a complete fingerprint revokes a key', async (t) => {
  const { database } = await openFreshDatabase(t)
  const gameId = await ensureGame(database, 'demo')
  const key = newKey('write')
  await ensureKey(database, { gameId, kind: 'write', key, label: 'first' })
  for (const slip of ['', '%', hashes(key)[0]?.slice(0, 4) ?? '', key]) {
    assert.equal(await revokeKey(database, slip), 0, slip)
  }
})

test('the database holds no key, only its hash', async (t) => {
  const { database } = await openFreshDatabase(t)
  const gameId = await ensureGame(database, 'demo')
  const key = newKey('write')
  await ensureKey(database, { gameId, kind: 'write', key, label: 'first' })
  const { rows } = await database.query('select keys::text as text from playtrace.keys')
  assert.equal(rows.length, 1)
  assert.ok(!rows[0].text.includes(key) && !rows[0].text.includes(Buffer.from(key).toString('hex')))
})
