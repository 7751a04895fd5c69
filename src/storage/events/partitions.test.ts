// Makes the partitions of the believed months, also from many connections at the same time, and moves a month's events from
// the default partition while they are read and written.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { v7 as uuidV7 } from 'uuid'
import { batchWriter } from '../../../test/batch-writer.ts'
import { batchOf, storableEvent, storableEvents } from '../../../test/batches.ts'
import { connect, freshDatabase, openFreshDatabase } from '../../../test/stores.ts'
import { until } from '../../../test/until.ts'
import { watchPartitions } from '../../worker/partition-upkeep.ts'
import { ensureGame, setGame } from '../games/games.ts'
import type { Database } from '../postgres/database.ts'
import { foldWrites } from '../rollups/fold-writes.ts'
import { rebuildRollups } from '../rollups/rebuild.ts'
import { exportEvents } from './export-events.ts'
import { addMissingPartitions, attachMonth } from './partitions.ts'

async function partitions(database: Database): Promise<string[]> {
  const { rows } = await database.query(
    `select c.relname || ' ' || pg_get_expr(c.relpartbound, c.oid) as bound
     from pg_inherits join pg_class c on c.oid = inhrelid
     where inhparent = 'playtrace.events'::regclass and c.relname ~ '\\d{4}_\\d\\d$' order by 1`,
  )
  return rows.map(({ bound }) => bound)
}

const months = async (database: Database) => (await partitions(database)).map((bound) => bound.slice(7, 14))

const bound = (name: string, from: string, to: string) =>
  `events_${name} FOR VALUES FROM ('${from}-01 00:00:00+00') TO ('${to}-01 00:00:00+00')`

async function countOf(database: Database, table: string): Promise<number> {
  const { rows } = await database.query(`select count(*)::integer as rows from playtrace.${table}`)
  return rows[0].rows
}

test('eight connections make the same partitions at the same time, each once', async (t) => {
  const url = await freshDatabase(t)
  const databases = Array.from({ length: 8 }, () => connect(t, url, 1))
  await batchWriter(databases[0] as Database)(
    batchOf(storableEvents(30, () => ({ identified_at: '2026-01-05T00:00:00Z' }))),
  )
  await Promise.all(databases.map((database) => addMissingPartitions(database, new Date('2025-12-31T23:59:59.999Z'))))
  assert.deepEqual(await partitions(databases[0] as Database), [
    bound('2025_12', '2025-12', '2026-01'),
    bound('2026_01', '2026-01', '2026-02'),
    bound('2026_02', '2026-02', '2026-03'),
  ])
  assert.equal(await countOf(databases[1] as Database, 'events_2026_01'), 30)
})

test('the bounds are in UTC in any time zone of the connection', async (t) => {
  const { database } = await openFreshDatabase(t, 1)
  await database.query(`set time zone 'Pacific/Auckland'`)
  await addMissingPartitions(database, new Date('2026-03-31T23:00:00Z'))
  await database.query(`set time zone 'UTC'`)
  assert.equal((await partitions(database))[0], bound('2026_03', '2026-03', '2026-04'))
})

test('the oldest believed day of any game decides how far back partitions go', async (t) => {
  const { database } = await openFreshDatabase(t)
  const now = new Date('2026-11-05T12:00:00Z')
  await ensureGame(database, 'one')
  await ensureGame(database, 'other')
  await setGame(database, 'one', { firstDay: '2026-11-01', lateDays: 3000 })
  await setGame(database, 'other', { firstDay: '2001-01-01', lateDays: 35 })
  assert.deepEqual(await addMissingPartitions(database, now), [])
  assert.deepEqual(await months(database), ['2026_10', '2026_11', '2026_12', '2027_01'])
  await setGame(database, 'other', { lateDays: 150 })
  await addMissingPartitions(database, now)
  assert.equal((await months(database))[0], '2026_06')
  await setGame(database, 'other', { firstDay: '0001-01-01', lateDays: 36500 })
  await addMissingPartitions(database, now)
  assert.equal((await months(database))[0], '2006_11', 'at most 240 months back')
})

test('no event makes a partition, and every event is stored once in the default one', async (t) => {
  const { database } = await openFreshDatabase(t)
  const hostile = Array.from({ length: 420 }, (_, index) => new Date(Date.UTC(2015, index, 15)).toISOString())
  const far = [
    '0044-03-15T12:00:00.000Z BC',
    '0001-01-01T00:00:00.000Z',
    '2999-01-01T00:00:00.000Z',
    '10000-01-01T05:00:00.000Z',
  ]
  const events = [...hostile, ...far].map((occurred_at) => storableEvent({ occurred_at }))
  const write = batchWriter(database)
  assert.deepEqual(await write(batchOf(events)), { stored: 424, repeated: 0 })
  assert.deepEqual(await write(batchOf(events)), { stored: 0, repeated: 424 })
  assert.deepEqual(await partitions(database), [])
  assert.equal(await countOf(database, 'events_default'), 424)
})

test('a month that was dropped or detached by an operator stays so, and its events are stored in the default partition', async (t) => {
  const { database } = await openFreshDatabase(t)
  const now = new Date('2026-11-05T12:00:00Z')
  await addMissingPartitions(database, now)
  const write = batchWriter(database)
  const inNovember = () => batchOf([storableEvent({ occurred_at: '2026-11-02T00:00:00.000Z' })])
  await write(inNovember())
  await database.query('alter table playtrace.events detach partition playtrace.events_2026_11')
  assert.deepEqual(await write(inNovember()), { stored: 1, repeated: 0 })
  assert.deepEqual(await addMissingPartitions(database, now), [])
  assert.ok(!(await months(database)).includes('2026_11'))
  assert.equal(await countOf(database, 'events_default'), 1)
  await database.query('drop table playtrace.events_2026_11')
  await addMissingPartitions(database, now)
  assert.ok((await months(database)).includes('2026_11'))
  assert.equal(await countOf(database, 'events_default'), 0)
})

test('every index and the dedupe key are in a partition that was filled before it was attached', async (t) => {
  const { database } = await openFreshDatabase(t)
  await batchWriter(database)(
    batchOf(storableEvents(5, () => ({ occurred_at: '2026-05-05T00:00:00Z', identified_at: '2026-05-05T00:00:00Z' }))),
  )
  await attachMonth(database, '2026-05')
  const { rows } = await database.query(
    `select relname, count(*)::int as indexes, count(*) filter (where indisprimary)::int as keys,
       count(*) filter (where relispartition)::int as attached
     from pg_index join pg_class of_index on of_index.oid = indexrelid
     cross join lateral (select relname as name from pg_class where oid = indrelid) as of_table
     where of_table.name in ('events_2026_05', 'events') group by of_table.name, relname`,
  )
  assert.ok(rows.length > 0)
  const { rows: counts } = await database.query(
    `select count(*) filter (where indrelid = 'playtrace.events'::regclass)::int as wanted,
       count(*) filter (where indrelid = 'playtrace.events_2026_05'::regclass)::int as made
     from pg_index`,
  )
  assert.equal(counts[0].made, counts[0].wanted)
  const { rows: checks } = await database.query(
    `select count(*)::int as checks from pg_constraint where conrelid = 'playtrace.events_2026_05'::regclass and contype = 'c'`,
  )
  assert.deepEqual(checks, [{ checks: 0 }])
})

test(
  'a month moves while an export is open and its events are sent again: stored once, and nothing waits longer than 2 s',
  moves,
)

async function moves(t: TestContext): Promise<void> {
  const { url, database } = await openFreshDatabase(t, 8)
  const write = batchWriter(database)
  const ahead = '2027-02-10T00:00:00.000Z'
  const events = storableEvents(25_000, (index) => ({
    event_id: uuidV7(),
    identified_at: new Date(Date.parse(ahead) + index).toISOString(),
    occurred_at: ahead,
    corrected_at: '2026-11-10T00:00:00Z',
    player_id: `player-${index % 100}`,
  }))
  await addMissingPartitions(database, new Date('2026-11-10T00:00:00Z'))
  assert.equal((await write(batchOf(events))).stored, 25_000)
  assert.equal(await countOf(database, 'events_default'), 25_000)

  const reading = new AbortController()
  const rows = await exportEvents(connect(t, url, 2), 1, FILTER, 'ndjson', reading.signal)
  const later = new Date('2026-12-10T00:00:00Z')
  const watched = watchPartitions(() => addMissingPartitions(database, later))
  const moving = watched.run()
  let slowestMs = 0
  let repeated = 0
  for (let part = 0; part < 25; part++) {
    const startedMs = performance.now()
    const result = await write(batchOf(events.slice(part * 1_000, (part + 1) * 1_000)))
    repeated += result.repeated
    slowestMs = Math.max(slowestMs, performance.now() - startedMs)
  }
  await moving
  assert.equal(repeated, 25_000)
  assert.ok(slowestMs < 2_000, `a write waited ${Math.round(slowestMs)} ms`)
  assert.ok(!(await months(database)).includes('2027_02'), 'the export keeps the lock')
  assert.deepEqual(watched.check(), [], 'not shown before a day has passed')
  const [sentence] = watched.check(Date.now() + 25 * 60 * 60 * 1000)
  assert.match(
    sentence ?? '',
    /^The partition of 2027-02 could not be attached since .*, because long reads lock events_default, /,
  )

  const late = storableEvent({ identified_at: '2027-02-11T00:00:00Z', occurred_at: ahead })
  assert.equal((await write(batchOf([late]))).stored, 1)
  reading.abort()
  await rows.return(undefined)
  await until(async () => {
    await watched.run()
    return (await months(database)).includes('2027_02')
  })
  assert.deepEqual(watched.check(Date.now() + 25 * 60 * 60 * 1000), [])
  assert.equal(await countOf(database, 'events_default'), 0)
  assert.equal(await countOf(database, 'events'), 25_001)
  assert.deepEqual(await write(batchOf([late, ...events.slice(0, 999)])), { stored: 0, repeated: 1_000 })
}

const FILTER = {
  from: undefined,
  to: undefined,
  name: undefined,
  player_id: undefined,
  session_id: undefined,
  country: undefined,
  seq: undefined,
}

test('writers and a move of their month at the same time store each event once, and the fold counts each once', async (t) => {
  const { database } = await openFreshDatabase(t, 8)
  const write = batchWriter(database)
  const gameId = await ensureGame(database, 'demo')
  const at = (index: number) => new Date(Date.UTC(2026, 7, 1, 0, 0, index)).toISOString()
  const events = storableEvents(6_000, (index) => ({
    game_id: gameId,
    identified_at: at(index),
    occurred_at: at(index),
    corrected_at: at(index),
  }))
  let isMoved = false
  const moving = attachMonth(database, '2026-08').then(() => {
    isMoved = true
  })
  let stored = 0
  for (let start = 0; start < 6_000; start += 200) {
    const results = await Promise.all(
      [0, 100].map((offset) => writeUntilStored(write, batchOf(events.slice(start + offset, start + offset + 100)))),
    )
    for (const result of results) stored += result.stored
    await foldWrites(database)
  }
  await moving
  assert.ok(isMoved)
  assert.equal(stored, 6_000)
  assert.equal(await countOf(database, 'events'), 6_000)
  while ((await foldWrites(database)).more);
  const counted = async () =>
    (await database.query('select sum(events)::int as events from playtrace.hourly_events')).rows
  assert.deepEqual(await counted(), [{ events: 6_000 }])
  await rebuildRollups(database, { stop: new AbortController().signal, onProgress: () => {} })
  assert.deepEqual(await counted(), [{ events: 6_000 }])
})

test('a fold that waits for a move counts every event of the month', async (t) => {
  const { database } = await openFreshDatabase(t, 8)
  const at = (index: number) => new Date(Date.UTC(2026, 7, 1, 0, 0, index)).toISOString()
  await batchWriter(database)(
    batchOf(
      storableEvents(500, (index) => ({ identified_at: at(index), occurred_at: at(index), corrected_at: at(index) })),
    ),
  )
  const waiting = async () => {
    const { rows } = await database.query(
      `select count(*)::integer as waiting from pg_locks where not granted and relation = 'playtrace.events_default'::regclass`,
    )
    return rows[0].waiting
  }
  // Reader, move, fold: each waits for the one before it.
  const reader = await database.connect()
  await reader.query('begin; select count(*) from playtrace.events_default')
  const moving = attachMonth(database, '2026-08')
  await until(async () => (await waiting()) === 1)
  const folding = foldWrites(database)
  await until(async () => (await waiting()) === 2)
  await reader.query('commit')
  reader.release()
  await moving
  assert.equal((await folding).events, 500)
  const { rows } = await database.query('select sum(events)::int as events from playtrace.hourly_events')
  assert.deepEqual(rows, [{ events: 500 }])
})

/** As the worker does: an attach during the statement fails the write, which is tried again. */
async function writeUntilStored(write: ReturnType<typeof batchWriter>, batch: ReturnType<typeof batchOf>) {
  for (;;) {
    try {
      return await write(batch)
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'DATABASE_AWAY')
    }
  }
}
