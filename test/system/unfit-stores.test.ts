// Every command refuses a database that this release cannot use, and says in one sentence why a store cannot be used.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { onEnd } from '../on-end.ts'
import { connect, emptyDatabase, freshDatabase } from '../stores.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/playtrace.ts', import.meta.url))
const SENTENCE =
  'This database was created by an earlier, unreleased version of Playtrace. Use a new database or set PLAYTRACE_DATA_DIR to a new folder.\n'

describe('a database from before the first release', { concurrency: true }, () => {
  for (const command of ['start', 'migrate', 'api', 'worker', 'keys', 'rollups rebuild', 'dead-letters']) {
    test(`${command} refuses it with a message and changes nothing`, async (t) => {
      const url = await oldDatabase(t)
      assert.deepEqual(await run(t, command, url), { code: 1, stdout: '', stderr: SENTENCE })
      const { rows } = await connect(t, url).query(`select table_schema, table_name from information_schema.tables
        where table_schema not in ('pg_catalog', 'information_schema')`)
      assert.deepEqual(rows, [{ table_schema: 'playtrace', table_name: 'migrations' }])
    })
  }
})

async function oldDatabase(t: TestContext): Promise<string> {
  const url = await emptyDatabase(t)
  await connect(t, url).query(`
    create schema playtrace;
    create table playtrace.migrations (name text primary key, applied_at timestamptz not null default now());
    insert into playtrace.migrations (name) values ('0001_schema.sql'), ('0002_explain.sql')`)
  return url
}

async function run(t: TestContext, command: string, url: string) {
  const dataDir = await mkdtemp(join(tmpdir(), 'playtrace-old-database-'))
  onEnd(t, () => rm(dataDir, { recursive: true, force: true }))
  const env = { PATH: process.env['PATH'], DATABASE_URL: url, PLAYTRACE_DATA_DIR: dataDir, PORT: '0' }
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [PROGRAM, ...command.split(' ')], { env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    )
  })
}

describe('a database that this release cannot use', { concurrency: true }, () => {
  test('one that a newer release has migrated is refused only by a release that is too old', async (t) => {
    const url = await freshDatabase(t)
    const database = connect(t, url)
    const migrated = (oldest: string) =>
      database.query(
        `insert into playtrace.migrations (name, oldest_release) values ('9999_newer.sql', '${oldest}')
         on conflict (name) do update set oldest_release = excluded.oldest_release`,
      )
    await migrated('0.1.0')
    const { code, stdout } = await run(t, 'keys', url)
    assert.equal(code, 0)
    assert.match(stdout, /^There is no valid key\. /)
    await migrated('99.0.0')
    for (const command of ['start', 'api', 'worker', 'keys'])
      assert.deepEqual(await run(t, command, url), {
        code: 1,
        stdout: '',
        stderr:
          'A newer release has migrated this database. This is release 0.1.0. Update Playtrace to release 99.0.0 or newer.\n',
      })
  })

  test('one without tables says what to run', async (t) => {
    const stderr = 'The database has no tables of Playtrace. Run `playtrace migrate` first.\n'
    assert.deepEqual(await run(t, 'keys', await emptyDatabase(t)), { code: 1, stdout: '', stderr })
  })

  test('one with another encoding is refused', async (t) => {
    const url = await emptyDatabase(t)
    const name = new URL(url).pathname.slice(1)
    const server = connect(t, new URL('/postgres', url).href, 1)
    await server.query(`drop database ${name}`)
    await server.query(`create database ${name} encoding 'LATIN1' locale 'C' template template0`)
    const { code, stderr } = await run(t, 'migrate', url)
    assert.equal(code, 1)
    assert.match(stderr, /^The database has the encoding LATIN1, .*encoding 'UTF8'\.\n$/)
  })
})

describe('a store that cannot be reached', { concurrency: true }, () => {
  const url = 'postgres://u:hunter2@127.0.0.1:1/d'
  for (const command of ['start', 'migrate', 'keys', 'rollups rebuild', 'dead-letters'])
    test(`${command} says so in one sentence`, async (t) => {
      const { code, stdout, stderr } = await run(t, command, url)
      assert.deepEqual([code, stdout], [1, ''])
      assert.match(stderr, /^Cannot use the (database|queue): .*ECONNREFUSED 127\.0\.0\.1:1\. Check [A-Z]+_URL\.\n$/)
      assert.ok(!stderr.includes('hunter2'))
    })

  test('an unknown host and an unknown database too', async (t) => {
    const unknown = await run(t, 'keys', 'postgres://u:hunter2@no-such-host.invalid/d')
    assert.match(
      unknown.stderr,
      /^Cannot use the database: getaddrinfo .*no-such-host\.invalid\. Check DATABASE_URL\.\n$/,
    )
    const database = await run(t, 'keys', new URL('/no_such', await freshDatabase(t)).href)
    assert.match(
      database.stderr,
      /^Cannot use the database: database "no_such" does not exist\. Check DATABASE_URL\.\n$/,
    )
  })
})
