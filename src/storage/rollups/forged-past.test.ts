// A forged event of long ago does not change a known player's past: it counts on the day on which it was received.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { v7 as uuidV7 } from 'uuid'
import { batchWriter } from '../../../test/batch-writer.ts'
import { batchOf } from '../../../test/batches.ts'
import { openFreshDatabase } from '../../../test/stores.ts'
import { acceptEvents } from '../../ingest/accept-events.ts'
import type { Database } from '../postgres/database.ts'
import { foldWrites } from './fold-writes.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)
const RECEIVED_MS = Date.parse('2026-11-20T12:00:00Z')
const BELIEVED = { first_day: Date.parse('2026-01-01') / DAY_MS, late_days: 35 }

async function send(database: Database, receivedAtMs: number, ...events: object[]): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(events.map((event) => ({ player_id: 'victim', ...event }))))
  const accepted = acceptEvents(
    { bytes, form: 'json' },
    {
      gameId: 1,
      believed: BELIEVED,
      keyNo: null,
      keyFingerprint: null,
      receivedAtMs,
      newId: (msecs) => uuidV7({ msecs }),
    },
  )
  assert.deepEqual(accepted.verdicts, [])
  await batchWriter(database)(batchOf(accepted.events))
  await foldWrites(database)
}

test('events of 26 years ago do not change the first day, the cohort or the days of a player', async (t) => {
  const { database } = await openFreshDatabase(t)
  const rows = async (query: string) => (await database.query(query)).rows
  const past = () =>
    rows(`select players.first_day::text, first_seen_at, day::text from playtrace.players join playtrace.player_days using (player_no)
      where player_days.day < '${dayOf(RECEIVED_MS + DAY_MS)}' order by day`)
  await send(database, RECEIVED_MS, { name: 'session_start', occurred_at: new Date(RECEIVED_MS).toISOString() })
  const before = await past()
  assert.equal(before.length, 1)

  const old = { occurred_at: '2000-01-02T00:00:00Z' }
  const oldId = uuidV7({ msecs: Date.parse('2001-05-05') })
  await send(
    database,
    RECEIVED_MS + DAY_MS,
    { ...old, name: 'level_complete', properties: { level: 1_000_000 } },
    { ...old, name: 'purchase', properties: { product_id: 'p', currency: 'USD', amount_minor: 9007199254740991 } },
    { event_id: oldId, name: 'level_start', properties: { level: 7 } },
  )
  assert.deepEqual(await past(), before)
  const received = dayOf(RECEIVED_MS + DAY_MS)
  assert.deepEqual(
    await rows('select clock_suspect, count(*)::int as events from playtrace.events group by 1 order by 1'),
    [
      { clock_suspect: false, events: 1 },
      { clock_suspect: true, events: 3 },
    ],
  )
  assert.deepEqual(await rows('select distinct day::text from playtrace.level_days'), [{ day: received }])
  assert.deepEqual(await rows('select distinct day::text from playtrace.payer_days'), [{ day: received }])
})
