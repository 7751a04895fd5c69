// Migrations of an empty database, of a current one, and by many processes at the same time.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { test } from 'node:test'
import { onEnd } from '../../../test/on-end.ts'
import { connect, emptyDatabase, freshDatabase } from '../../../test/stores.ts'
import { withClient } from '../../../test/with-client.ts'
import { migrateQueue } from '../../queue/bullmq-queue.ts'
import { compareReleases, migrateDatabase, readSchemaState } from './migrate.ts'

const MIGRATIONS = (await readdir(new URL('../../../migrations/', import.meta.url))).sort()

test('an empty database gets every migration once and in order', async (t) => {
  const url = await emptyDatabase(t)
  assert.deepEqual(await migrateDatabase(url), MIGRATIONS)
  assert.deepEqual(await migrateDatabase(url), [])
  const { rows } = await connect(t, url).query('select name from playtrace.migrations order by name')
  assert.deepEqual(
    rows.map(({ name }) => name),
    MIGRATIONS,
  )
})

test('ten processes migrate at the same time: one applies the migrations and none fails', async (t) => {
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
  await assert.rejects(migrateDatabase(url), ({ cause }: Error) => (cause as { code?: string }).code === '42P07')
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
  const isOld = async () => (await readSchemaState(url)).isFromBeforeRelease
  assert.equal(await isOld(), false)
  await migrateDatabase(url)
  const database = connect(t, url)
  await database.query(`insert into playtrace.migrations (name, oldest_release) values ('9999_newer.sql', '0.10.0')`)
  assert.deepEqual(await readSchemaState(url), {
    encoding: 'UTF8',
    isMigrated: true,
    isFromBeforeRelease: false,
    oldestRelease: '0.10.0',
  })
  await database.query('drop table playtrace.migrations')
  await database.query(
    `create table playtrace.migrations (name text); insert into playtrace.migrations values ('0001_schema.sql')`,
  )
  assert.equal(await isOld(), true)
})

test('releases are compared by their numbers', () => {
  assert.deepEqual(['1.0.0', '0.10.0', '0.9.12', '0.9.2'].sort(compareReleases), ['0.9.2', '0.9.12', '0.10.0', '1.0.0'])
  assert.equal(compareReleases('0.2.0-rc.1', '0.2.0'), 0)
  assert.equal(compareReleases('0.2.0-rc.1', '0.3.0'), -1)
})

test('a role without the right to create schemas or roles migrates schemas that were made before, and is told', async (t) => {
  const url = await emptyDatabase(t)
  const role = `limited_${randomUUID().replaceAll('-', '')}`
  const owner = connect(t, url, 1)
  const { rows } = await owner.query('select current_database() as name')
  await owner.query(`create role ${role} login password 'secret'`)
  onEnd(t, () => withClient(url, (client) => client.query(`drop owned by ${role}; drop role ${role}`)))
  await owner.query(`revoke create on database ${rows[0].name} from public`)
  for (const schema of ['playtrace', 'analytics', 'bullmq'])
    await owner.query(`create schema ${schema} authorization ${role}`)

  const limited = new URL(url)
  limited.username = role
  limited.password = 'secret'
  const notices: string[] = []
  assert.deepEqual(await migrateDatabase(limited.href, (message) => notices.push(message)), MIGRATIONS)
  await migrateQueue(limited.href)
  // The role belongs to the server, so the migration of another test may have created it.
  const { rowCount } = await owner.query(`select from pg_roles where rolname = 'playtrace_reader'`)
  const sentence =
    rowCount === 0
      ? /^The role playtrace_reader was not created: this user may not create roles/
      : /^$|no privileges were granted/
  assert.match(notices.join('\n'), sentence)
})
