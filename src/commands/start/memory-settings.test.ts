// The image is given by hand what `start` gives its processes: NODE_OPTIONS would not take the flags.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { MEMORY_ENVIRONMENT, MEMORY_FLAGS } from './memory-settings.ts'

test('the image starts with the flags and the environment that `start` gives', async () => {
  const dockerfile = await readFile(new URL('../../../Dockerfile', import.meta.url), 'utf8')
  const entryPoint = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? '')
  assert.deepEqual(entryPoint, ['node', ...MEMORY_FLAGS, 'bin/playtrace.ts'])
  for (const [name, value] of Object.entries(MEMORY_ENVIRONMENT)) {
    assert.match(dockerfile, new RegExp(`^ENV ${name}=${value}$`, 'm'))
  }
})
