// What a worker does from time to time: partitions ahead, and forgetting ids that have been remembered long enough.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, quarantinedEvent } from '../../test/batches.ts'
import { openFreshDatabase } from '../../test/stores.ts'
import { UNDATED_EVENT_MEMORY_DAYS } from '../contract/limits.ts'
import { ensureGame } from './games.ts'
import { keepUp } from './upkeep.ts'
import { batchWriter } from './write-events.ts'

const BOUNDS = { days: 90, eventsMax: 1000 }

test('ids of undated events are remembered for their time and then forgotten', async (t) => {
  const { database } = await openFreshDatabase(t)
  await database.query(
    `insert into playtrace.undated_events
     select 1, gen_random_uuid(), now() - make_interval(days => $1) + minutes * interval '1 minute'
     from unnest(array[-1, 1]) minutes`,
    [UNDATED_EVENT_MEMORY_DAYS],
  )
  await Promise.all([keepUp(database, BOUNDS), keepUp(database, BOUNDS), keepUp(database, BOUNDS)])
  const { rows } = await database.query(
    `select count(*)::int as left, bool_and(received_at > now() - make_interval(days => $1)) as young
     from playtrace.undated_events`,
    [UNDATED_EVENT_MEMORY_DAYS],
  )
  assert.deepEqual(rows, [{ left: 1, young: true }])
})

test('a new month’s first event finds its partition there', async (t) => {
  const { database } = await openFreshDatabase(t)
  await keepUp(database, BOUNDS)
  const { rows } = await database.query(`select count(*)::int as made from generate_series(0, 2) ahead
    join pg_class on relname = 'events_' || to_char(now() at time zone 'UTC' + ahead * interval '1 month', 'YYYY_MM')`)
  assert.deepEqual(rows, [{ made: 3 }])
})

test('the quarantine forgets what is old, and keeps the newest of each game', async (t) => {
  const { database } = await openFreshDatabase(t)
  const games = [await ensureGame(database, 'flooded'), await ensureGame(database, 'quiet')]
  const at = (daysAgo: number) => new Date(Date.now() - daysAgo * 86_400_000).toISOString()
  const of = (game_id: number | undefined, days: number[]) =>
    days.map((daysAgo) => quarantinedEvent({ game_id: game_id ?? 0, received_at: at(daysAgo) }))
  await batchWriter(database)(batchOf([], [...of(games[0], [1, 2, 3, 4, 5, 91]), ...of(games[1], [3, 91])]))
  await Promise.all([1, 2].map(() => keepUp(database, { days: 90, eventsMax: 3 })))
  const { rows } = await database.query(
    `select game_id, count(*)::int as left, min(received_at) > now() - interval '4 days' as newest
     from playtrace.rejected_events group by game_id order by game_id`,
  )
  assert.deepEqual(rows, [
    { game_id: games[0], left: 3, newest: true },
    { game_id: games[1], left: 1, newest: true },
  ])
})
