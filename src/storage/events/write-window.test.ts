// An incremental export misses no event and repeats none, also while a write is not committed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchWriter } from '../../../test/batch-writer.ts'
import { batchOf, storableEvent, storableEvents } from '../../../test/batches.ts'
import { openFreshDatabase } from '../../../test/stores.ts'
import { until } from '../../../test/until.ts'
import type { Database } from '../postgres/database.ts'
import { exportEvents } from './export-events.ts'
import { readWriteWindow } from './write-window.ts'

const EVERYTHING = {
  from: undefined,
  to: undefined,
  name: undefined,
  player_id: undefined,
  session_id: undefined,
  country: undefined,
  seq: undefined,
}

async function exportSince(database: Database, since: string | undefined) {
  const { next_cursor, ...window } = await readWriteWindow(database, since)
  const rows = await exportEvents(database, 1, { ...EVERYTHING, window }, 'ndjson', new AbortController().signal)
  const ids: string[] = []
  for await (const piece of rows) ids.push(...piece.map(([json]) => JSON.parse(json ?? '').event_id))
  return { ids: ids.sort(), next_cursor }
}

const idsOf = (events: { event_id: string }[]) => events.map(({ event_id }) => event_id).sort()

test('an event of a write that commits late is in the next export, and each event in exactly one', async (t) => {
  const { database } = await openFreshDatabase(t, 8)
  const write = batchWriter(database)
  const [first, late, quick] = [storableEvents(3), storableEvents(2), storableEvents(2)]
  await write(batchOf(first))
  const start = await exportSince(database, undefined)
  assert.deepEqual(start.ids, idsOf(first))

  // A write of the same event that is not committed holds the late write up.
  const blocker = await database.connect()
  const [blocked] = late
  await blocker.query('begin')
  await blocker.query(
    `insert into playtrace.events (identified_at, occurred_at, received_at, corrected_at, event_id, batch_id, game_id,
       clock_suspect, name, player_id, properties)
     values ($1, $1, $1, $1, $2, $2, 1, false, 'n', 'p', '{}')`,
    [blocked?.identified_at, blocked?.event_id],
  )
  const writing = write(batchOf(late))
  await until(async () => {
    const { rows } = await database.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return rows.length === 1
  })
  await batchWriter(database)(batchOf(quick))
  const meanwhile = await exportSince(database, start.next_cursor)
  assert.deepEqual(meanwhile.ids, [], 'the quick write has a higher id than the late one')

  await blocker.query('rollback')
  blocker.release()
  await writing
  const next = await exportSince(database, meanwhile.next_cursor)
  assert.deepEqual(next.ids, idsOf([...late, ...quick]))
  assert.deepEqual((await exportSince(database, next.next_cursor)).ids, [])
})

test('exports beside many writers have each event once', async (t) => {
  const { database } = await openFreshDatabase(t, 12)
  const writers = Array.from({ length: 4 }, () => batchWriter(database))
  const sent = Array.from({ length: 60 }, () => storableEvents(5, () => ({ event_id: storableEvent().event_id })))
  let isWriting = true
  const writing = Promise.all(
    writers.map(async (write, at) => {
      for (let batch = at; batch < sent.length; batch += writers.length) await write(batchOf(sent[batch] ?? []))
    }),
  ).finally(() => {
    isWriting = false
  })
  const found: string[] = []
  let cursor: string | undefined
  for (let isLast = false; !isLast; ) {
    isLast = !isWriting
    const { ids, next_cursor } = await exportSince(database, cursor)
    found.push(...ids)
    cursor = next_cursor
  }
  await writing
  assert.deepEqual(found.sort(), idsOf(sent.flat()))
})
