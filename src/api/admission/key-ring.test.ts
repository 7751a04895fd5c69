// The keys in force: new keys are found, revoked keys stop, and known keys work while the database is away.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { DEMO, KEYS, keyEntry, NO_LAST_KEYS } from '../../../test/test-app.ts'
import { newKey } from '../../contract/key.ts'
import type { Key } from '../../storage/games/games.ts'
import { openKeyRing } from './key-ring.ts'

/** A key ring with a table and a clock that the test controls. */
async function openRing(t: TestContext) {
  t.mock.timers.enable({ apis: ['Date', 'setInterval'] })
  const table = { keys: KEYS, error: undefined as Error | undefined, loads: 0 }
  const reported: Error[] = []
  const load = async (): Promise<Key[]> => {
    table.loads++
    if (table.error) throw table.error
    return table.keys
  }
  const ring = await openKeyRing(load, NO_LAST_KEYS, (error) => reported.push(error))
  t.after(() => ring.close())
  return { ring, table, reported, passMs: (ms: number) => t.mock.timers.tick(ms) }
}

test('a key in force is found without another query', async (t) => {
  const { ring, table } = await openRing(t)
  assert.equal((await ring.find(DEMO.write))?.game, 'demo')
  assert.equal((await ring.find(DEMO.admin))?.kind, 'admin')
  assert.equal(table.loads, 1)
})

test('a new key is found at its first use', async (t) => {
  const { ring, table, passMs } = await openRing(t)
  const key = newKey('write')
  table.keys = [...KEYS, keyEntry(key, 'write', 2, 'other')]
  passMs(1_000)
  assert.equal((await ring.find(key))?.game_id, 2)
})

test('a revoked key works for at most five seconds', async (t) => {
  const { ring, table, passMs } = await openRing(t)
  table.keys = KEYS.slice(1)
  assert.ok(await ring.find(DEMO.write))
  passMs(5_000)
  await nextTurn()
  assert.equal(await ring.find(DEMO.write), undefined)
  assert.ok(await ring.find(DEMO.admin))
})

test('unknown keys cause at most one query a second', async (t) => {
  const { ring, table, passMs } = await openRing(t)
  const guess = () => Promise.all(Array.from({ length: 1_000 }, () => ring.find(newKey('write'))))
  passMs(1_000)
  assert.ok((await guess()).every((key) => key === undefined))
  assert.equal(table.loads, 2)
  passMs(999)
  await guess()
  assert.equal(table.loads, 2)
  passMs(1)
  await guess()
  assert.equal(table.loads, 3)
})

test('a table that cannot be read keeps the known keys in force', async (t) => {
  const { ring, table, reported, passMs } = await openRing(t)
  table.error = new Error('away')
  passMs(5_000)
  await nextTurn()
  assert.ok(await ring.find(DEMO.write))
  assert.deepEqual(reported, [table.error])
})

test('a key that reads is refused if it could not be checked for a minute, and a key that sends is not', async (t) => {
  const { ring, table, passMs } = await openRing(t)
  table.error = new Error('away')
  passMs(59_000)
  await nextTurn()
  assert.ok(ring.known(DEMO.admin))
  passMs(1_000)
  await nextTurn()
  assert.equal(ring.known(DEMO.admin), undefined)
  await assert.rejects(ring.find(DEMO.admin), { code: 'unavailable' })
  assert.ok(await ring.find(DEMO.write))
  table.error = undefined
  passMs(5_000)
  await nextTurn()
  assert.ok(await ring.find(DEMO.admin))
})

test('a start does not wait for a database that does not answer', async (t) => {
  const hanging = Promise.withResolvers<Key[]>()
  const startedMs = performance.now()
  const ring = await openKeyRing(() => hanging.promise, NO_LAST_KEYS, assert.fail)
  assert.ok(performance.now() - startedMs < 4_000)
  assert.equal(ring.hasKeys(), false)
  hanging.resolve(KEYS)
  await nextTurn()
  assert.ok(await ring.find(DEMO.write))
  t.after(() => ring.close())
})

test('while the table cannot be read, an unknown key is answered unavailable, because it may be new', async (t) => {
  const { ring, table, passMs } = await openRing(t)
  const key = newKey('write')
  table.error = new Error('away')
  passMs(1_000)
  await assert.rejects(ring.find(key), { code: 'unavailable' })
  await assert.rejects(ring.find(key), { code: 'unavailable' })
  assert.equal(table.loads, 2)
  table.error = undefined
  passMs(1_000)
  assert.equal(await ring.find(key), undefined)
})

test('a start while the table cannot be read uses the keys that were last in force', async (t) => {
  const stored: Key[][] = []
  const lastKeys = {
    read: async () => stored.at(-1),
    store: async (keys: Key[]) => void stored.push(keys),
  }
  const away = () => Promise.reject(new Error('away'))
  const before = await openKeyRing(away, lastKeys, () => {})
  t.after(() => before.close())
  assert.equal(before.hasKeys(), false)
  await assert.rejects(before.find(DEMO.write), { code: 'unavailable' })

  const there = await openKeyRing(async () => KEYS, lastKeys, assert.fail)
  t.after(() => there.close())
  assert.deepEqual(stored, [KEYS])
  const after = await openKeyRing(away, lastKeys, () => {})
  t.after(() => after.close())
  assert.equal(after.hasKeys(), true)
  assert.equal(after.known(DEMO.write)?.game, 'demo')
})
