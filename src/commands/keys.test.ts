// `playtrace keys` on a database: the five kinds, and which of them have a game.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openFreshDatabase } from '../../test/stores.ts'
import { readConfig } from '../config.ts'
import { fingerprintOf, hashKey, KEY_KINDS, type KeyKind } from '../contract/key.ts'
import { keysAdd, keysList, keysRevoke } from './keys.ts'

test('a key of every kind is added, listed and revoked', async (t) => {
  const { url } = await openFreshDatabase(t)
  const config = readConfig({ DATABASE_URL: url })
  const printed: string[] = []
  t.mock.method(console, 'log', (line: string) => printed.push(line))
  const kinds = Object.keys(KEY_KINDS) as KeyKind[]
  for (const kind of kinds)
    await keysAdd(config, { kind, label: 'test', ...(kind !== 'installation' && { game: 'my-game' }) })
  const keys = printed.splice(0)
  assert.deepEqual(
    keys.map((key) => key.slice(0, 5)),
    ['pt_w_', 'pt_s_', 'pt_r_', 'pt_a_', 'pt_i_'],
  )
  await keysList(config)
  const table = printed.splice(0)
  for (const [index, kind] of kinds.entries()) {
    const fingerprint = fingerprintOf(hashKey(keys[index] ?? ''))
    const game = kind === 'installation' ? '\\(all\\)' : 'my-game'
    assert.match(table.join('\n'), new RegExp(`^${game} +${kind} +test +${fingerprint} `, 'm'))
    assert.equal(await keysRevoke(config, fingerprint), 0)
    assert.equal(await keysRevoke(config, fingerprint), 1)
  }
  await assert.rejects(keysAdd(config, { kind: 'installation', game: 'g', label: '' }), /Leave out --game/)
  await assert.rejects(keysAdd(config, { kind: 'read', label: '' }), /A key of the kind read is for one game/)
})
