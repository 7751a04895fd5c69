// The turns of bodies that are inflated: no game waits behind all bodies of another.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brotliCompressSync } from 'node:zlib'
import { readBody } from './read-body.ts'

const MIB = 1024 * 1024

test('a body of another game is inflated before the rest of a flood', async () => {
  const body = brotliCompressSync(Buffer.alloc(8 * MIB, ' '))
  const ended: number[] = []
  const read = async (gameId: number) => {
    assert.equal((await readBody(body, { 'content-encoding': 'br' }, gameId)).length, 8 * MIB)
    ended.push(gameId)
  }
  const flood = Array.from({ length: 20 }, () => read(1))
  await Promise.all([read(2), read(3), ...flood])
  // Four bodies are under way when the others arrive, and then the games take turns.
  assert.ok(ended.indexOf(2) <= 8 && ended.indexOf(3) <= 8, ended.join())
})
