// `playtrace send --read-key`, against a real API and database: it waits until the events are stored, and counts repeats.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { batchWriter } from '../../test/batch-writer.ts'
import { batchOf, storableEvents } from '../../test/batches.ts'
import { memoryQueue } from '../../test/memory-queue.ts'
import { onEnd } from '../../test/on-end.ts'
import { QUICK_RETRIES, testTerminal } from '../../test/stand-in-server.ts'
import { openFreshDatabase } from '../../test/stores.ts'
import { DEMO, OTHER, openTestApp } from '../../test/test-app.ts'
import { groupRequests } from '../api/events/group-requests.ts'
import type { BatchState } from '../contract/reading.ts'
import { readBatch } from '../storage/events/batches.ts'
import { send } from './send.ts'

const LINES = 1_200

async function open(t: TestContext) {
  const { database } = await openFreshDatabase(t)
  const queue = memoryQueue(1)
  const api = await openTestApp({
    enqueue: groupRequests(queue.enqueue, randomUUID),
    readBatch: readBatch.bind(null, database),
  })
  onEnd(t, () => api.close())
  const write = batchWriter(database)
  const url = await api.app.listen({ host: '127.0.0.1', port: 0 })
  const folder = await mkdtemp(join(tmpdir(), 'playtrace-send-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'events.ndjson')
  const line = () =>
    JSON.stringify({ event_id: randomUUID(), name: 'a', player_id: 'p', occurred_at: '2026-11-20T10:00:00Z' })
  await writeFile(file, Array.from({ length: LINES }, line).join('\n'))
  return {
    database,
    write,
    startWorker: () =>
      queue.consume(async (batch) => {
        await write(batch)
        return { kind: 'done' }
      }, 1),
    async send(readKey: string, limits = QUICK_RETRIES) {
      const terminal = testTerminal()
      const code = await send({ file, url, key: DEMO.write, readKey, limits }, terminal)
      return { code, ...terminal.output }
    },
    async get(batchId: string, { admin } = DEMO, game = 'demo') {
      const authorization = `Bearer ${admin}`
      return api.app.inject({ url: `/v1/games/${game}/batches/${batchId}`, headers: { authorization } })
    },
  }
}

test('send waits until its batches are stored, and says how many of their events were already stored', async (t) => {
  const system = await open(t)
  const consumer = system.startWorker()
  const sent = `sent ${LINES}, accepted ${LINES}, rejected 0\n`
  const first = await system.send(DEMO.admin)
  assert.match(first.stdout, /^sent .*\nbatches (\d+), stored \1, events that were already stored: 0\n$/)
  assert.ok(first.stdout.startsWith(sent))
  assert.deepEqual([first.code, first.stderr], [0, ''])
  const second = await system.send(DEMO.admin)
  assert.match(second.stdout, new RegExp(`batches (\\d+), stored \\1, events that were already stored: ${LINES}\\n$`))
  assert.equal(second.code, 0)
  await consumer.stop()

  const third = await system.send(DEMO.admin, { ...QUICK_RETRIES, withoutProgressMaxMs: 1_000 })
  assert.match(third.stdout, /stored 0, events that were already stored: 0\n$/)
  assert.match(third.stderr, /^The command could not confirm that all batches are stored\. /)
  assert.equal(third.code, 1)
})

test('send names the problem with the key of --read-key', async (t) => {
  const system = await open(t)
  const { code, stderr } = await system.send(DEMO.write)
  assert.equal(code, 1)
  assert.match(stderr, /^The server refused the key of --read-key\. 403 .+\.\n$/)
})

test('the repeats of a batch are counted once, by game, and are not known if it was stored in parts', async (t) => {
  const { write, get } = await open(t)
  const events = storableEvents(5)
  await write(batchOf(events.slice(0, 2)))
  const batch = batchOf([...events, ...storableEvents(3, () => ({ game_id: 2 }))])
  for (let attempt = 0; attempt < 2; attempt++) await write(batch)
  const state = async (batchId: string, ...of: [typeof DEMO?, string?]) =>
    (await get(batchId, ...of)).json() as BatchState
  const { stored_at, ...rest } = await state(batch.batch_id.toUpperCase())
  assert.deepEqual(rest, { batch_id: batch.batch_id, repeated_events: 2 })
  assert.ok(stored_at && Math.abs(Date.now() - Date.parse(stored_at)) < 60_000)
  assert.equal((await state(batch.batch_id, OTHER, 'other')).repeated_events, 0)

  const parts = batchOf(events)
  await write({ ...parts, events: events.slice(0, 3), is_part: true })
  await write({ ...parts, events: events.slice(3), is_part: true })
  assert.equal((await state(parts.batch_id)).repeated_events, null)
  const unknown = randomUUID()
  assert.deepEqual(await state(unknown), { batch_id: unknown, stored_at: null, repeated_events: 0 })
  assert.equal((await get('no-uuid')).statusCode, 400)
})
