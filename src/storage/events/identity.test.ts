// The same event_id is one event: each kind of id, with each kind of time, sent again, exported and sent back, or replayed
// twice, is stored once, or is an exception that docs/api.md names.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { v7 as uuidV7 } from 'uuid'
import { batchWriter } from '../../../test/batch-writer.ts'
import { BELIEVED, batchOf } from '../../../test/batches.ts'
import { openFreshDatabase } from '../../../test/stores.ts'
import { acceptEvents } from '../../ingest/accept-events.ts'
import { replayEvent } from '../../ingest/replay-event.ts'
import { readEvents } from './read-events.ts'

const EVERYTHING = {
  from: undefined,
  to: undefined,
  name: undefined,
  player_id: undefined,
  session_id: undefined,
  country: undefined,
  seq: undefined,
}
const FIRST_MS = Date.UTC(2026, 10, 22, 23, 59, 59)
/** After midnight. */
const SECOND_MS = FIRST_MS + 5_000
const TIME = '2026-11-22T23:59:58.123456Z'

const IDS: Record<string, () => string | undefined> = {
  'version 7': () => uuidV7({ msecs: FIRST_MS - 1_000 }),
  'version 7 of a year past 9999': () => `ffffffff-ffff-7fff-bfff-${randomUUID().slice(24)}`,
  'version 4': () => randomUUID(),
  none: () => undefined,
}
/** The times of the first and the second try. */
const TIMES: Record<string, [string | undefined, string | undefined]> = {
  given: [TIME, TIME],
  absent: [undefined, undefined],
  changed: [TIME, '2026-11-22T23:59:58.123Z'],
}

async function openStore(t: TestContext) {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  const accept = (text: string, receivedAtMs: number) => {
    const newId = (msecs: number) => uuidV7({ msecs })
    const context = { gameId: 1, believed: BELIEVED, keyNo: null, keyFingerprint: null, receivedAtMs, newId }
    return acceptEvents({ bytes: Buffer.from(text), form: 'json' }, context)
  }
  return {
    accept,
    write,
    async send(event: string, receivedAtMs: number) {
      const { events, verdicts } = accept(event, receivedAtMs)
      assert.deepEqual(verdicts, [], event)
      await write(batchOf(events))
    },
    async stored(player: string): Promise<string[]> {
      const filter = { ...EVERYTHING, player_id: player }
      return (await readEvents(database, 1, filter, { limit: 100, cursor: undefined })).events
    },
  }
}

/** An id without a time that a retry repeats, and an id that the server makes, are the exceptions. */
function storedAfterRetry(id: string, time: string): number {
  if (id === 'none') return 2
  return id === 'version 4' && time === 'changed' ? 2 : 1
}

test('an event that is sent again is stored once, except as the documents say', async (t) => {
  const { send, stored } = await openStore(t)
  for (const [id, makeId] of Object.entries(IDS)) {
    for (const [time, [first, second]] of Object.entries(TIMES)) {
      const player_id = `${id}, ${time}`
      const event = { event_id: makeId(), name: 'purchase', player_id }
      await send(JSON.stringify({ ...event, occurred_at: first }), FIRST_MS)
      await send(JSON.stringify({ ...event, occurred_at: second }), SECOND_MS)
      assert.equal((await stored(player_id)).length, storedAfterRetry(id, time), player_id)
    }
  }
})

test('with an id of version 7, a changed name, player or session is the same event', async (t) => {
  const { send, stored } = await openStore(t)
  const event_id = uuidV7()
  await send(JSON.stringify({ event_id, name: 'a', player_id: 'p', occurred_at: TIME }), FIRST_MS)
  await send(JSON.stringify({ event_id, name: 'b', player_id: 'q', session_id: 's' }), SECOND_MS)
  assert.deepEqual([(await stored('p')).length, (await stored('q')).length], [1, 0])
})

test('a line of an export that is sent back is stored once', async (t) => {
  const { send, stored } = await openStore(t)
  for (const [id, makeId] of Object.entries(IDS)) {
    for (const [time, [first]] of Object.entries(TIMES)) {
      const player_id = `${id}, ${time}`
      const fields = { session_id: 's', seq: 7, country: 'de', app_version: '1.0', platform: 'ios' }
      // Nearly 32 KiB without white space; jsonb prints more.
      const properties = { list: Array.from({ length: 16_000 }, () => 1) }
      const event = { event_id: makeId(), name: 'n', player_id, occurred_at: first, ...fields, properties }
      await send(JSON.stringify(event), FIRST_MS)
      const [exported] = await stored(player_id)
      await send(exported ?? '', SECOND_MS)
      assert.deepEqual(await stored(player_id), [exported], player_id)
    }
  }
})

test('a rejected event that is replayed twice is stored once', async (t) => {
  const { accept, write, stored } = await openStore(t)
  for (const [id, makeId] of Object.entries(IDS)) {
    for (const [time, [occurred_at]] of Object.entries(TIMES)) {
      const player_id = `${id}, ${time}`
      const event = { event_id: makeId(), name: 'n', player_id, occurred_at, lvl: 3 }
      const [rejected] = accept(JSON.stringify(event), FIRST_MS).quarantined
      const { rejection_id, raw, received_at, sent_at } = rejected ?? assert.fail()
      const kept = { rejection_id, raw: Buffer.from(raw), received_at: new Date(received_at), sent_at, key_no: null }
      for (let time = 1; time <= 2; time++) {
        const verdict = replayEvent(kept, 1, BELIEVED, { from: '/lvl', to: '/properties/level' })
        assert.ok('event' in verdict)
        await write(batchOf([verdict.event]))
      }
      assert.equal((await stored(player_id)).length, 1, player_id)
    }
  }
})
