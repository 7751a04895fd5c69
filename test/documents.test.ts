// README.md and docs/api.md agree with the code: the example's answer, the rejection reasons and the error codes.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { PROBLEM_CODES } from '../src/contract/answer.ts'
import { REJECTION_REASONS } from '../src/contract/rejection.ts'
import { acceptEvents } from '../src/ingest/accept-events.ts'

const read = (name: string) => readFile(new URL(`../${name}`, import.meta.url), 'utf8')

test("README's example request gets README's example answer", async () => {
  const blocks = [...(await read('README.md')).matchAll(/```json\n([^`]+)```/g)].map(([, text]) => text)
  const [request, answer] = blocks
  assert.ok(request && answer)
  const { events, verdicts } = acceptEvents(
    { text: request, form: 'json' },
    { gameId: 1, keyFingerprint: '', receivedAtMs: Date.UTC(2026, 10, 22, 9, 30, 6), newId: () => 'id' },
  )
  assert.deepEqual({ accepted: events.length, rejected: verdicts }, JSON.parse(answer))
})

test('docs/api.md lists every rejection reason in order', async () => {
  const rows = [...(await read('docs/api.md')).matchAll(/^\| `([a-z_]+)` \| [^|]+ \|$/gm)].map(
    ([, word]) => word,
  )
  const start = rows.indexOf(REJECTION_REASONS[0])
  assert.deepEqual(rows.slice(start, start + REJECTION_REASONS.length), [...REJECTION_REASONS])
})

test('docs/api.md lists every error code with its status', async () => {
  const rows = [...(await read('docs/api.md')).matchAll(/^\| `([a-z_]+)` \| (\d{3}) \|/gm)]
  const listed = new Map(rows.map(([, code, status]) => [code, Number(status)]))
  for (const [code, status] of Object.entries(PROBLEM_CODES)) assert.equal(listed.get(code), status, code)
})
