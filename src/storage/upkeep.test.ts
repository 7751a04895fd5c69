// What a worker does from time to time: partitions ahead, and forgetting ids that have been remembered long enough.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openFreshDatabase } from '../../test/stores.ts'
import { UNDATED_EVENT_MEMORY_DAYS } from '../contract/limits.ts'
import { keepUp } from './upkeep.ts'

const BOUNDS = { days: 90, eventsMax: 1000, bytesMax: 1_000_000 }

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
