// A primary whose only synchronous standby is gone: a commit waits for it, and so does everything that needs its locks. No
// batch may use up its attempts meanwhile.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { openDatabase } from '../../src/storage/postgres/database.ts'
import { inTransaction } from '../../src/storage/postgres/transaction.ts'
import { findPostgresPrograms, startPostgresPair } from '../fleet/postgres-pair.ts'
import { notRun } from '../not-run.ts'
import { onEnd } from '../on-end.ts'
import { until } from '../until.ts'

const programs = findPostgresPrograms()

if (!programs) notRun({ what: 'a lost standby', why: 'PostgreSQL of Debian is not installed', required: true })
else
  test('a commit that waits for a lost standby, and a lock that it holds, are DATABASE_AWAY', (t) =>
    losesItsStandby(t, programs))

async function losesItsStandby(t: TestContext, programs: string): Promise<void> {
  const { primary } = await startPostgresPair(t, programs)
  const limits = { queryTimeoutMs: 1_000, lockTimeoutMs: 200 }
  const database = openDatabase(primary.url, { name: 'test', connectionsMax: 2, reportError: () => {}, ...limits })
  onEnd(t, () => database.end())
  await database.query('create table taken (id int primary key)')
  await database.query('create table other (id int)')
  await primary.query(`alter system set synchronous_standby_names = 'gone'`)
  await primary.query('select pg_reload_conf()')
  const insert = (table: string) => inTransaction(database, (client) => client.query(`insert into ${table} values (1)`))
  // The setting takes effect some time after the reload.
  await until(() =>
    insert('other').then(
      () => false,
      () => true,
    ),
  )
  // The first commit waits, and the client gives up. The next tries wait for its lock.
  for (let time = 1; time <= 3; time++) await assert.rejects(insert('taken'), { code: 'DATABASE_AWAY' }, `time ${time}`)
}
