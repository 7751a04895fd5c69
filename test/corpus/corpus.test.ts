// Every hostile body that was ever thought of, or found by fuzzing, one a file, sent to the real API. A new defect gets a
// file first, and the mending after.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import type { Answer } from '../../src/contract/answer.ts'
import { assertProblem, openTestApp, postEvents } from '../test-app.ts'

interface HostileBody {
  about: string
  status: number
  /** Of a body that could be read: why events of it were rejected, in order. */
  reasons?: string[]
  /** Of a body that could not. */
  code?: string
  headers?: Record<string, string>
  /** Text in pieces, so that a file stays small. */
  body?: (string | { repeat: string; times: number })[]
  /** Where it is no text. */
  body_base64?: string
}

function bytesOf({ body = [], body_base64 }: HostileBody): Buffer {
  if (body_base64 !== undefined) return Buffer.from(body_base64, 'base64')
  const pieces = body.map((piece) => (typeof piece === 'string' ? piece : piece.repeat.repeat(piece.times)))
  return Buffer.from(pieces.join(''))
}

test('each hostile body has its status and reason', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  const files = globSync('*.json', { cwd: import.meta.dirname }).sort()
  assert.ok(files.length > 30)
  for (const file of files) {
    const hostile = JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8')) as HostileBody
    await t.test(`${basename(file, '.json')}: ${hostile.about}`, async () => {
      const response = await postEvents(api, bytesOf(hostile), hostile.headers)
      if (hostile.code !== undefined) {
        assertProblem(response, hostile.status, hostile.code)
        return
      }
      assert.equal(response.statusCode, hostile.status, response.body)
      const reasons = (response.json() as Answer).rejected.map(({ reason }) => reason)
      assert.deepEqual(reasons, hostile.reasons)
    })
  }
  assert.deepEqual(api.logLines, [])
})
