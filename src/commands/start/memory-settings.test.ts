// The Dockerfile repeats the memory settings by hand, because NODE_OPTIONS does not accept the flags.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { MEMORY_ENVIRONMENT, MEMORY_FLAGS } from './memory-settings.ts'

test('the image uses the same flags and environment as `start`', async () => {
  const dockerfile = await readFile(new URL('../../../Dockerfile', import.meta.url), 'utf8')
  const entryPoint = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? '')
  assert.deepEqual(entryPoint, ['node', ...MEMORY_FLAGS, 'bin/playtrace.ts'])
  for (const [name, value] of Object.entries(MEMORY_ENVIRONMENT)) {
    assert.match(dockerfile, new RegExp(`^ENV ${name}=${value}$`, 'm'))
  }
})
