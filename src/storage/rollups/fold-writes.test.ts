// Folds: every stored event is in the rollups once, also with several folds and after an error.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchWriter } from '../../../test/batch-writer.ts'
import { batchOf, quarantinedEvent, storableEvent, storableEvents } from '../../../test/batches.ts'
import { uncountedEvents } from '../../../test/counted-events.ts'
import { dumpRollups } from '../../../test/rollup-dump.ts'
import { openFreshDatabase } from '../../../test/stores.ts'
import { until } from '../../../test/until.ts'
import { fingerprintOf, hashKey, newKey } from '../../contract/key.ts'
import type { DataQuality } from '../../contract/reports.ts'
import { attachMonth } from '../events/partitions.ts'
import { addKey, ensureGame, findKey, setGame } from '../games/games.ts'
import type { Database } from '../postgres/database.ts'
import { readDataQuality } from '../reports/data-quality.ts'
import { readRevenue } from '../reports/revenue.ts'
import { countUnrolledWrites, foldWrites } from './fold-writes.ts'
import { rebuildRollups } from './rebuild.ts'

const QUIET = { stop: new AbortController().signal, onProgress: () => {} }
const NOTHING = { writes: 0, events: 0, more: false }

async function assertKeptIsRebuilt(database: Database): Promise<void> {
  const kept = await dumpRollups(database)
  assert.ok(kept.players.length > 0)
  await rebuildRollups(database, QUIET)
  assert.deepEqual(kept, await dumpRollups(database))
}

test('a write is folded once, and a repeated write is not folded', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  const batch = batchOf([storableEvent({ properties: '{"level":3}' })])
  await write(batch)
  assert.deepEqual(await foldWrites(database), { writes: 1, events: 1, more: false })
  await write(batch)
  assert.equal(await countUnrolledWrites(database), 0, 'nothing was stored, so nothing is noted')
  assert.deepEqual(await foldWrites(database), NOTHING)
  assert.deepEqual((await dumpRollups(database)).level_days, [
    '{"game_id":1,"day":"2026-11-22","level":"3","starts":0,"fails":0,"completes":1}',
  ])
})

test('a large write fills a fold, and the next write waits for another one', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  for (let n = 0; n < 3; n++) await write(batchOf(storableEvents(1000)))
  await database.query('update playtrace.unrolled_writes set events = 30000')
  assert.deepEqual(await foldWrites(database), { writes: 2, events: 60_000, more: true })
  assert.deepEqual(await foldWrites(database), { writes: 1, events: 30_000, more: false })
  await assertKeptIsRebuilt(database)
})

test('a purchase that is stored again after its month was dropped does not block the fold', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  const properties = '{"product_id":"coins","currency":"EUR","amount_minor":99}'
  const batch = batchOf([storableEvent({ name: 'purchase', properties })])
  await attachMonth(database, '2026-11')
  await write(batch)
  await foldWrites(database)
  await database.query('drop table playtrace.events_2026_11')
  await write(batch)
  assert.deepEqual(await foldWrites(database), { writes: 1, events: 1, more: false })
  const { rows } = await database.query('select amount_minor::integer from playtrace.purchases')
  assert.deepEqual(rows, [{ amount_minor: 99 }])
})

test('several folds, writes and a rebuild at the same time count each event once', async (t) => {
  const { database } = await openFreshDatabase(t, 8)
  const write = batchWriter(database)
  let isWriting = true
  const fold = async () => {
    while (isWriting) await foldWrites(database)
  }
  const rebuild = async () => {
    while (isWriting) await rebuildRollups(database, QUIET)
  }
  const folding = [fold(), fold(), rebuild()]
  for (let n = 0; n < 40; n++) {
    const minute = (index: number) => `2026-11-22T09:${String((n * index) % 60).padStart(2, '0')}:00.000Z`
    const of = (index: number) => ({ player_id: `player-${index % 7}`, occurred_at: minute(index) })
    await Promise.all([write(batchOf(storableEvents(20, of))), write(batchOf(storableEvents(20, of)))])
  }
  isWriting = false
  await Promise.all(folding)
  while ((await foldWrites(database)).writes > 0);
  const counted = await database.query('select sum(events)::integer as events from playtrace.hourly_events')
  assert.equal(counted.rows[0].events, 1600)
  await assertKeptIsRebuilt(database)
})

test('a fold whose connection is cut changes nothing, and the next fold takes its writes', async (t) => {
  const { database } = await openFreshDatabase(t)
  await batchWriter(database)(batchOf(storableEvents(50)))
  const blocker = await database.connect()
  await blocker.query('begin; lock table playtrace.hourly_events in exclusive mode')
  const cut = assert.rejects(foldWrites(database), { code: 'DATABASE_AWAY' })
  const waiting = await until(async () => {
    const { rows } = await database.query(`select pid from pg_locks
      where relation = 'playtrace.hourly_events'::regclass and not granted`)
    return rows[0]?.pid as number | undefined
  })
  assert.deepEqual(await foldWrites(database), NOTHING, 'a second fold does not wait')
  await database.query('select pg_terminate_backend($1)', [waiting])
  await cut
  await blocker.query('rollback')
  blocker.release()
  assert.equal(await countUnrolledWrites(database), 1)
  assert.deepEqual((await dumpRollups(database)).players, [])
  assert.equal((await foldWrites(database)).events, 50)
  await assertKeptIsRebuilt(database)
})

test('a rebuild that is stopped changes nothing', async (t) => {
  const { database } = await openFreshDatabase(t)
  await batchWriter(database)(batchOf(storableEvents(10)))
  await foldWrites(database)
  const kept = await dumpRollups(database)
  await assert.rejects(rebuildRollups(database, { ...QUIET, stop: AbortSignal.abort() }))
  assert.deepEqual(await dumpRollups(database), kept)
})

test('rejected events are counted once by day, kept or not, also without a stored event', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  const received = (received_at: string, game_id = 1) => quarantinedEvent({ received_at, game_id })
  const batch = batchOf(
    [],
    [
      received('2026-11-21T23:59:59.999Z'),
      received('2026-11-22T00:00:00.000Z'),
      received('2026-11-22T10:00:00.000Z'),
      received('2026-11-22T10:00:00.000Z', 2),
    ],
    [{ game_id: 2, events: 30 }],
  )
  await write(batch)
  assert.deepEqual(await foldWrites(database), NOTHING)
  await write(batch)
  await write(batchOf([], [received('2026-11-22T11:00:00.000Z')]))
  await foldWrites(database)
  await rebuildRollups(database, QUIET)
  const { rows } = await database.query(
    `select game_id, case when day = (now() at time zone 'UTC')::date then 'today' else day::text end as day, events::int
     from playtrace.rejection_days order by game_id, rejection_days.day`,
  )
  assert.deepEqual(rows, [
    { game_id: 1, day: '2026-11-21', events: 1 },
    { game_id: 1, day: '2026-11-22', events: 3 },
    { game_id: 2, day: '2026-11-22', events: 1 },
    { game_id: 2, day: 'today', events: 30 },
  ])
})

test('a game counts only purchases of server keys if it says so, and lists the others', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  const game_id = await ensureGame(database, 'demo')
  const keyNo = async (kind: 'write' | 'server') => {
    const key = newKey(kind)
    await addKey(database, { gameId: game_id, kind, key, label: '' })
    return (await findKey(database, fingerprintOf(hashKey(key))))?.key_no ?? assert.fail()
  }
  const [ofWriteKey, ofServer] = [await keyNo('write'), await keyNo('server')]
  const purchase = (key_no: number | null, amount_minor: number, fields: object = {}) =>
    storableEvent({
      game_id,
      key_no,
      name: 'purchase',
      properties: `{"product_id":"p","currency":"EUR","amount_minor":${amount_minor}}`,
      ...fields,
    })
  const purchases = () => [
    purchase(ofServer, 1),
    purchase(ofWriteKey, 10, { app_version: '1.0' }),
    purchase(null, 100, { app_version: '1.0' }),
    purchase(ofWriteKey, 1_000, { mismatch: '/properties/currency' }),
    purchase(ofWriteKey, 10_000, { game_id: 2 }),
  ]
  const foldAll = async () => {
    while ((await foldWrites(database)).more);
    await assertKeptIsRebuilt(database)
  }
  const counted = async () => {
    const { rows } = await database.query(
      'select game_id, sum(amount_minor)::integer as minor from playtrace.purchases group by game_id order by game_id',
    )
    return rows.map(({ minor }) => minor)
  }
  await write(batchOf(purchases()))
  await foldAll()
  assert.deepEqual(await counted(), [111, 10_000])
  await setGame(database, 'demo', { revenueFrom: 'server' })
  await write(batchOf(purchases()))
  await foldWrites(database)
  assert.deepEqual(await counted(), [112, 20_000], 'what was folded before stays until a rebuild')
  await rebuildRollups(database, QUIET)
  await foldAll()
  assert.deepEqual(await counted(), [2, 20_000])
  assert.deepEqual(await uncountedEvents(database), [])
  const range = { from: '2026-11-22', to: '2026-11-22' }
  for (const json of [await readRevenue(database, game_id, range), await readDataQuality(database, game_id, range)]) {
    const { not_counted } = JSON.parse(json) as DataQuality
    assert.deepEqual(
      not_counted.map(({ sample_event_id, ...group }) => group),
      [
        { name: 'purchase', reason: 'key', path: '', app_version: '1.0', events: 4 },
        { name: 'purchase', reason: 'properties', path: '/properties/currency', app_version: null, events: 2 },
      ],
    )
  }
})
