// Partitions on demand and ahead, also when many want the same one at the same moment.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect, freshDatabase, openFreshDatabase } from '../../../test/stores.ts'
import type { Database } from '../postgres/database.ts'
import { ensurePartition, ensurePartitionsAhead, monthOf } from './partitions.ts'

async function partitions(database: Database): Promise<string[]> {
  const { rows } = await database.query(
    `select c.relname || ' ' || pg_get_expr(c.relpartbound, c.oid) as bound
     from pg_inherits join pg_class c on c.oid = inhrelid
     where inhparent = 'playtrace.events'::regclass and c.relname ~ '\\d{4}_\\d\\d$' order by 1`,
  )
  return rows.map(({ bound }) => bound)
}

const bound = (name: string, from: string, to: string) =>
  `events_${name} FOR VALUES FROM ('${from}-01 00:00:00+00') TO ('${to}-01 00:00:00+00')`

test('the month of a time, where there is a partition for it', () => {
  assert.equal(monthOf('2015-01-01T00:00:00.000Z'), '2015-01')
  assert.equal(monthOf('2049-12-31T23:59:59.999999Z'), '2049-12')
  for (const outside of [
    '2014-12-31T23:59:59.999Z',
    '2050-01-01T00:00:00.000Z',
    '12026-01-01T00:00:00.000Z',
    '2026-01-01T00:00:00.000Z BC',
  ]) {
    assert.equal(monthOf(outside), undefined, outside)
  }
})

test('eight connections that want the same months at once make each of them once', async (t) => {
  const url = await freshDatabase(t)
  const databases = Array.from({ length: 8 }, () => connect(t, url, 1))
  await Promise.all(databases.map((database) => database.query('select 1')))
  const months = ['2026-02', '2025-12', '2026-01', '2024-02']
  for (const month of months) await Promise.all(databases.map((database) => ensurePartition(database, month)))
  await Promise.all(databases.map((database, index) => ensurePartition(database, `2030-0${1 + (index % 3)}`)))
  assert.deepEqual(await partitions(databases[0] as Database), [
    bound('2024_02', '2024-02', '2024-03'),
    bound('2025_12', '2025-12', '2026-01'),
    bound('2026_01', '2026-01', '2026-02'),
    bound('2026_02', '2026-02', '2026-03'),
    bound('2030_01', '2030-01', '2030-02'),
    bound('2030_02', '2030-02', '2030-03'),
    bound('2030_03', '2030-03', '2030-04'),
  ])
})

test('bounds are in UTC, whatever the zone of the session', async (t) => {
  const { database } = await openFreshDatabase(t, 1)
  await database.query(`set time zone 'Pacific/Auckland'`)
  await ensurePartition(database, '2026-03')
  await database.query(`set time zone 'UTC'`)
  assert.deepEqual(await partitions(database), [bound('2026_03', '2026-03', '2026-04')])
})

test('partitions of this month and the next two are created, also on the last day of a long month', async (t) => {
  const { database } = await openFreshDatabase(t)
  await ensurePartitionsAhead(database, new Date('2025-12-31T23:59:59.999Z'))
  await ensurePartitionsAhead(database, new Date('2025-12-31T23:59:59.999Z'))
  assert.deepEqual(await partitions(database), [
    bound('2025_12', '2025-12', '2026-01'),
    bound('2026_01', '2026-01', '2026-02'),
    bound('2026_02', '2026-02', '2026-03'),
  ])
  await ensurePartitionsAhead(database, new Date('2090-01-01T00:00:00.000Z'))
  assert.equal((await partitions(database)).length, 3)
})

test('an index and the dedupe key are in every partition', async (t) => {
  const { database } = await openFreshDatabase(t)
  await ensurePartition(database, '2026-05')
  const { rows } =
    await database.query(`select count(*)::int as indexes, count(*) filter (where indisprimary)::int as keys
    from pg_index where indrelid = 'playtrace.events_2026_05'::regclass`)
  assert.deepEqual(rows, [{ indexes: 5, keys: 1 }])
})
