// The settings of the embedded server for machines of different sizes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serverSettings } from './settings.ts'

const GIB = 1024 ** 3

test('uses an eighth of the memory for shared buffers, from 32 to 256 MB', () => {
  const buffers = (memoryBytes: number) =>
    serverSettings({ port: 1, tcp: true, socketFolder: undefined }, 60, memoryBytes)['shared_buffers']
  assert.equal(buffers(0.1 * GIB), '32MB')
  assert.equal(buffers(GIB), '128MB')
  assert.equal(buffers(64 * GIB), '256MB')
})
