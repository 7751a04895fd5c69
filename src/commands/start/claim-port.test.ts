// The port of the API: a port in use is refused with another one that exists.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { claimPort } from './claim-port.ts'

test('the port that is suggested instead of the last one is below it', async (t) => {
  const server = createServer().listen(65_535, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  await assert.rejects(claimPort('127.0.0.1', 65_535), /Port 65535 is in use by another program.* PORT=65534\.$/)
})
