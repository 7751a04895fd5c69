// The views and the role for SQL tools: what the role can read, and every statement of docs/sql.md.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { batchWriter } from '../../../test/batch-writer.ts'
import { batchOf, quarantinedEvent, storableEvent } from '../../../test/batches.ts'
import { onEnd } from '../../../test/on-end.ts'
import { connect, openFreshDatabase } from '../../../test/stores.ts'
import { withClient } from '../../../test/with-client.ts'
import { startEmbeddedPostgres } from '../../embedded-postgres/embedded-postgres.ts'
import { ensureGame } from '../games/games.ts'
import { migrateDatabase } from '../postgres/migrate.ts'

const PAGE = new URL('../../../docs/sql.md', import.meta.url)

/** The statements of the page: queries, and those that make a login or the role. */
async function statements(): Promise<{ queries: string[]; login: string; role: string; grants: string }> {
  const blocks = [...(await readFile(PAGE, 'utf8')).matchAll(/^```sql\n(.*?)^```$/gms)].map(([, sql]) => sql as string)
  const [login, role, grants, ...queries] = blocks
  assert.ok(login && role && grants && queries.length > 5)
  return { queries, login, role, grants }
}

test('a login as in docs/sql.md can run its queries and can read only the views', async (t) => {
  const { url, database } = await openFreshDatabase(t)
  await ensureGame(database, 'demo')
  await batchWriter(database)(batchOf([storableEvent({ name: 'n' })], [quarantinedEvent()]))
  const { queries, login } = await statements()
  const name = `metabase_${randomUUID().replaceAll('-', '')}`
  await database.query(login.replaceAll('metabase', name))
  onEnd(t, () => database.query(`drop role ${name}`))
  const readerUrl = new URL(url)
  readerUrl.username = name
  readerUrl.password = 'choose-one'
  const reader = connect(t, readerUrl.href)
  for (const query of queries) {
    assert.match(query, /^select /)
    await reader.query(query)
  }
  const { rows } = await reader.query('select game, name, at from analytics.events')
  assert.deepEqual(rows, [{ game: 'demo', name: 'n', at: new Date('2026-11-22T09:59:58.123Z') }])
  for (const [statement, refusal] of [
    ['select from playtrace.events', /permission denied for schema playtrace/],
    ['select from playtrace.keys', /permission denied for schema playtrace/],
    ['select from bullmq.job', /permission denied for schema bullmq/],
    ['set transaction_read_only = off; delete from analytics.players', /cannot delete from view/],
    ['set transaction_read_only = off; create table analytics.mine ()', /permission denied for schema analytics/],
  ] as const) {
    await assert.rejects(reader.query(statement), refusal, statement)
  }
})

test('the page lists every view with its columns', async (t) => {
  const { database } = await openFreshDatabase(t)
  const { rows } = await database.query<{ view: string; columns: string[] }>(
    `select table_name as view, array_agg(column_name::text order by ordinal_position) as columns
     from information_schema.columns where table_schema = 'analytics' group by table_name`,
  )
  const page = await readFile(PAGE, 'utf8')
  const listed = [...page.matchAll(/^\| `(\w+)` \| [^|]* \| ([^|]*) \|$/gm)].map(([, view, columns]) => [
    view,
    ['game', ...(columns as string).replaceAll(/ \([^)]*\)/g, '').split(', ')],
  ])
  assert.deepEqual(Object.fromEntries(listed), Object.fromEntries(rows.map(({ view, columns }) => [view, columns])))
  const { rows: unreadable } = await database.query(
    `select oid::regclass from pg_class where relnamespace = 'analytics'::regnamespace
     and not has_table_privilege('playtrace_reader', oid, 'select')`,
  )
  assert.deepEqual(unreadable, [])
})

test('a migration runs without the right to create roles, and in several databases at the same time', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'playtrace-roles-'))
  onEnd(t, () => rm(dataDir, { recursive: true, force: true }))
  const server = await startEmbeddedPostgres({ dataDir, onExit: () => {} })
  onEnd(t, () => server.stop())
  const admin = connect(t, server.url, 1)
  const urlOf = (name: string, user?: string) => {
    const url = new URL(server.url)
    url.pathname = `/${name}`
    if (user) Object.assign(url, { username: user, password: 'p' })
    return url.href
  }
  await admin.query(`create role humble login password 'p'`)
  await admin.query('create database humbles owner humble')
  await migrateDatabase(urlOf('humbles', 'humble'))
  const { rows } = await admin.query(`select from pg_roles where rolname = 'playtrace_reader'`)
  assert.equal(rows.length, 0)

  const names = ['one', 'two', 'three']
  for (const name of names) await admin.query(`create database ${name}`)
  await Promise.all(names.map((name) => migrateDatabase(urlOf(name))))
  const { grants } = await statements()
  await withClient(urlOf('humbles', 'humble'), (client) => client.query(grants))
  for (const name of [...names, 'humbles']) {
    const readable = await withClient(urlOf(name), (client) =>
      client.query(`select has_table_privilege('playtrace_reader', 'analytics.events', 'select') as readable`),
    )
    assert.deepEqual(readable.rows, [{ readable: true }], name)
  }
})
