// The codes of storage errors, with errors of a real database.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchWriter } from '../../../test/batch-writer.ts'
import { batchOf, quarantinedEvent, storableEvent, storableEvents } from '../../../test/batches.ts'
import { closeDatabase, connect, openFreshDatabase, reopenDatabase } from '../../../test/stores.ts'
import { until } from '../../../test/until.ts'
import type { Database } from './database.ts'
import { StorageError } from './storage-error.ts'

const REFUSED = {
  'an escaped \\u0000 in properties': { properties: '{"a":"\\u0000"}' },
  'half a surrogate pair in properties': { properties: '{"a":"\\ud83d"}' },
  'properties that are not JSON': { properties: '{' },
  'a number beyond numeric': { properties: '{"a":1e200000}' },
  'a NUL in a name': { name: 'a\0b' },
  'a time that is none': { occurred_at: '2026-02-30T00:00:00.000Z' },
  'an event_id that is no UUID': { event_id: 'x' },
  'a game beyond smallint': { game_id: 70_000 },
}

async function countRows(database: Database): Promise<number> {
  const { rows } = await database.query(`select
    (select count(*)::int from playtrace.events) + (select count(*)::int from playtrace.rejected_events) as rows`)
  return rows[0].rows
}

test('data that the database never accepts is EVENTS_REFUSED, and nothing of the batch is stored', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  for (const [what, fields] of Object.entries(REFUSED)) {
    const good = storableEvents(3)
    const batch = batchOf([...good, storableEvent(fields), ...good], [quarantinedEvent()])
    await assert.rejects(write(batch), { code: 'EVENTS_REFUSED' }, what)
    assert.equal(await countRows(database), 0, what)
  }
  assert.deepEqual(await write(batchOf(storableEvents(3))), { stored: 3, repeated: 0 }, 'the writer still works')
})

test('a server that cannot be reached is DATABASE_AWAY', async (t) => {
  // No server listens on port 1 of the loopback.
  const write = batchWriter(connect(t, 'postgres://playtrace@127.0.0.1:1/none'))
  await assert.rejects(write(batchOf([storableEvent()])), (error) => {
    assert.ok(error instanceof StorageError)
    assert.equal(error.code, 'DATABASE_AWAY')
    assert.match(String((error.cause as Error).message), /ECONNREFUSED/)
    return true
  })
})

test('a database that accepts no connections is DATABASE_AWAY, and a later write succeeds', async (t) => {
  const { url, database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  const batch = batchOf(storableEvents(5))
  await write(batchOf([storableEvent()]))
  await closeDatabase(url)
  await assert.rejects(write(batch), { code: 'DATABASE_AWAY' })
  await assert.rejects(write(batch), { code: 'DATABASE_AWAY' })
  await reopenDatabase(url)
  assert.deepEqual(await write(batch), { stored: 5, repeated: 0 })
})

test('a connection that is cut during COPY is DATABASE_AWAY, and nothing is stored', async (t) => {
  const { url, database } = await openFreshDatabase(t, 1)
  const other = connect(t, url, 1)
  const write = batchWriter(database)
  const properties = JSON.stringify({ text: 'x'.repeat(30_000) })
  const batch = batchOf(storableEvents(600, () => ({ properties })))
  await write(batchOf([], [quarantinedEvent()]))
  const failed = assert.rejects(write(batch), { code: 'DATABASE_AWAY' })
  const cut = `select pg_terminate_backend(pid) from pg_stat_progress_copy where datname = current_database()`
  await until(async () => ((await other.query(cut)).rowCount ?? 0) > 0)
  await failed
  assert.equal(await countRows(other), 1)
  assert.deepEqual(await write(batch), { stored: 600, repeated: 0 })
})

test('a connection that is cut during the insert is DATABASE_AWAY, and nothing is stored', async (t) => {
  const { url, database } = await openFreshDatabase(t, 1)
  const write = batchWriter(database)
  const batch = batchOf([storableEvent({ dated: false })], [quarantinedEvent()])
  await write(batchOf([storableEvent()]))
  const other = connect(t, url, 2)
  const locker = await other.connect()
  await locker.query('begin; lock table playtrace.events in share mode')
  const failed = assert.rejects(write(batch), { code: 'DATABASE_AWAY' })
  const cut = `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and query like '%insert into playtrace.events%' and wait_event_type = 'Lock'`
  await until(async () => ((await other.query(cut)).rowCount ?? 0) > 0)
  await failed
  await locker.query('rollback')
  locker.release()
  assert.equal(await countRows(other), 1)
  assert.deepEqual(await write(batch), { stored: 1, repeated: 0 })
})

test('a statement that reaches its time limit is QUERY_TIMEOUT, and the database is not away', async (t) => {
  const { url } = await openFreshDatabase(t)
  const database = connect(t, url, 1, 50)
  await assert.rejects(database.query('select pg_sleep(60)'), { code: 'QUERY_TIMEOUT' })
  assert.deepEqual((await database.query('select 1 as one')).rows, [{ one: 1 }])
})

test('a missing table, column, schema, database or right is DATABASE_UNFIT', async (t) => {
  const { url, database } = await openFreshDatabase(t)
  const write = () => batchWriter(database)(batchOf([storableEvent()]))
  const unfit = { code: 'DATABASE_UNFIT' }
  const changes = [
    ['alter table playtrace.events rename to elsewhere', 'alter table playtrace.elsewhere rename to events'],
    [
      'alter table playtrace.events rename column platform to device',
      'alter table playtrace.events rename column device to platform',
    ],
    ['alter schema playtrace rename to elsewhere', 'alter schema elsewhere rename to playtrace'],
  ] as const
  for (const [change, back] of changes) {
    await database.query(change)
    await assert.rejects(write(), unfit, change)
    await database.query(back)
    await write()
  }
  const missing = connect(t, url.replace(/\/[^/]*$/, '/no_such_database'), 1)
  await assert.rejects(missing.query('select 1'), unfit)
  await assert.rejects(database.query('set role pg_monitor; insert into playtrace.games (game) values (null)'), unfit)
})

test('an error that is neither of the data nor of the database is STORAGE_FAILED', async (t) => {
  const { database } = await openFreshDatabase(t)
  await assert.rejects(database.query('selct'), { code: 'STORAGE_FAILED' })
  assert.equal(new StorageError(new TypeError('a defect of ours')).code, 'STORAGE_FAILED')
})

test('a connection that finds the server read-only is replaced', async (t) => {
  const { database } = await openFreshDatabase(t, 1)
  const write = () => batchWriter(database)(batchOf([storableEvent()]))
  await write()
  // As a connection to a server that has become a standby: it stays open, and refuses every write.
  await database.query('set session characteristics as transaction read only')
  await assert.rejects(write(), { code: 'DATABASE_AWAY' })
  await write()
})
