// Upkeep: old rows are deleted in steps, and a failed task does not stop the others.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openFreshDatabase } from '../../test/stores.ts'
import { until } from '../../test/until.ts'
import { BATCH_MEMORY_DAYS, UNDATED_EVENT_MEMORY_DAYS } from '../contract/limits.ts'
import { deleteExpiredBatches, deleteExpiredUndatedEvents } from '../storage/events/delete-expired.ts'
import { startUpkeep } from './upkeep.ts'

const NEVER = new AbortController().signal

test('ids of undated events are deleted after 31 days, in steps', async (t) => {
  const { database } = await openFreshDatabase(t)
  await database.query(
    `insert into playtrace.undated_events
     select 1, gen_random_uuid(), now() - make_interval(days => $1) - n * interval '1 second'
     from generate_series(1, 25000) as n`,
    [UNDATED_EVENT_MEMORY_DAYS],
  )
  await database.query(
    `insert into playtrace.undated_events select 1, gen_random_uuid(), now() - make_interval(days => $1 - 1)`,
    [UNDATED_EVENT_MEMORY_DAYS],
  )
  await Promise.all(Array.from({ length: 3 }, () => deleteExpiredUndatedEvents(database, NEVER)))
  const { rows } = await database.query(
    `select count(*)::int as left, bool_and(received_at > now() - make_interval(days => $1)) as young
     from playtrace.undated_events`,
    [UNDATED_EVENT_MEMORY_DAYS],
  )
  assert.deepEqual(rows, [{ left: 1, young: true }])
})

test('a statement of the upkeep deletes at most 10,000 rows', async (t) => {
  const { database } = await openFreshDatabase(t)
  await database.query(
    `insert into playtrace.batches (batch_id, stored_at)
     select gen_random_uuid(), now() - make_interval(days => $1 + 1) from generate_series(1, 25000)`,
    [BATCH_MEMORY_DAYS],
  )
  await database.query(`
    create table deletes (rows bigint);
    create function count_deletes() returns trigger language plpgsql as $$
      begin insert into deletes select count(*) from gone; return null; end $$;
    create trigger count_deletes after delete on playtrace.batches
      referencing old table as gone for each statement execute function count_deletes()`)
  await deleteExpiredBatches(database, NEVER)
  const { rows } = await database.query('select rows::int from deletes where rows > 0 order by rows desc')
  assert.deepEqual(
    rows.map(({ rows }) => rows),
    [10_000, 10_000, 5_000],
  )
})

test('a failed task is reported with its name, the others run, and all run again', async () => {
  const reports: string[] = []
  let runs = 0
  const upkeep = startUpkeep(
    [
      {
        name: 'broken',
        run: () => Promise.reject(new Error('canceling statement due to statement timeout')),
      },
      {
        name: 'sound',
        run: async () => {
          runs++
        },
      },
    ],
    ({ message }) => reports.push(message),
    1,
  )
  await until(() => runs >= 2)
  await upkeep.stop()
  assert.match(reports[0] ?? '', /broken/)
  assert.ok(reports.length >= 2)
})

test('stopping ends a task between its steps', async () => {
  let ended = false
  const upkeep = startUpkeep(
    [
      {
        name: 'long',
        run: (stop) =>
          new Promise((resolve) =>
            stop.addEventListener('abort', () => {
              ended = true
              resolve()
            }),
          ),
      },
    ],
    assert.fail,
  )
  await upkeep.stop()
  assert.ok(ended)
})
