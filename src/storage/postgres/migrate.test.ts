// Migrations from nothing, again, and by many processes at once.
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { test } from 'node:test'
import { connect, emptyDatabase, freshDatabase } from '../../../test/stores.ts'
import { migrateQueue } from '../../queue/bullmq-queue.ts'
import { isFromBeforeRelease, migrateDatabase } from './migrate.ts'

const MIGRATIONS = (await readdir(new URL('../../../migrations/', import.meta.url))).sort()

test('an empty database gets every migration in order, once', async (t) => {
  const url = await emptyDatabase(t)
  assert.deepEqual(await migrateDatabase(url), MIGRATIONS)
  assert.deepEqual(await migrateDatabase(url), [])
  const { rows } = await connect(t, url).query('select name from playtrace.migrations order by name')
  assert.deepEqual(
    rows.map(({ name }) => name),
    MIGRATIONS,
  )
})

test('of ten processes that migrate at once, one does it and none fails', async (t) => {
  const url = await emptyDatabase(t)
  const ten = Array.from({ length: 10 })
  const applied = await Promise.all(ten.map(() => migrateDatabase(url)))
  assert.deepEqual(
    applied.filter((names) => names.length > 0),
    [MIGRATIONS],
  )
  await Promise.all(ten.map(() => migrateQueue(url)))
})

test('a migration that fails changes nothing', async (t) => {
  const url = await emptyDatabase(t)
  const database = connect(t, url)
  await database.query('create schema playtrace; create table playtrace.rejected_events (mine int)')
  await assert.rejects(migrateDatabase(url), { code: '42P07' })
  const { rows } = await database.query(`select relname from pg_class
    where relnamespace = 'playtrace'::regnamespace and relkind in ('r', 'p')`)
  assert.deepEqual(rows, [{ relname: 'rejected_events' }])
  await database.query('drop table playtrace.rejected_events')
  assert.deepEqual(await migrateDatabase(url), MIGRATIONS)
})

test('a migration does not change stored events', async (t) => {
  const url = await freshDatabase(t)
  const database = connect(t, url)
  await database.query(`insert into playtrace.games (game) values ('kept')`)
  assert.deepEqual(await migrateDatabase(url), [])
  const { rows } = await database.query('select game from playtrace.games')
  assert.deepEqual(rows, [{ game: 'kept' }])
})

test('a database is from before the release if it has other migrations', async (t) => {
  const url = await emptyDatabase(t)
  assert.equal(await isFromBeforeRelease(url), false)
  await migrateDatabase(url)
  const database = connect(t, url)
  await database.query(`insert into playtrace.migrations (name) values ('9999_of_a_newer_release.sql')`)
  assert.equal(await isFromBeforeRelease(url), false)
  await database.query(
    `delete from playtrace.migrations; insert into playtrace.migrations (name) values ('0001_schema.sql')`,
  )
  assert.equal(await isFromBeforeRelease(url), true)
})
