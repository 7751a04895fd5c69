// Every command that uses the database refuses one that an unreleased version created.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { onEnd } from '../../test/on-end.ts'
import { connect, emptyDatabase } from '../../test/stores.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/playtrace.ts', import.meta.url))
const SENTENCE =
  'This database was created by an earlier, unreleased version of Playtrace. Use a new database or set PLAYTRACE_DATA_DIR to a new folder.\n'

describe('a database from before the first release', { concurrency: true }, () => {
  for (const command of ['start', 'migrate', 'api', 'worker']) {
    test(`${command} refuses it with a message and changes nothing`, async (t) => {
      const url = await oldDatabase(t)
      assert.deepEqual(await run(t, command, url), { code: 1, stdout: '', stderr: SENTENCE })
      const { rows } = await connect(
        t,
        url,
      ).query(`select table_schema, table_name from information_schema.tables
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
    execFile(process.execPath, [PROGRAM, command], { env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    )
  })
}
