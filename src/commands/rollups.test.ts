// `playtrace rollups rebuild` on a database: its output, its repair of wrong rollups, and Ctrl-C.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchWriter } from '../../test/batch-writer.ts'
import { batchOf, storableEvents } from '../../test/batches.ts'
import { dumpRollups } from '../../test/rollup-dump.ts'
import { testTerminal } from '../../test/stand-in-server.ts'
import { openFreshDatabase } from '../../test/stores.ts'
import { until } from '../../test/until.ts'
import { readConfig } from '../config.ts'
import { foldWrites } from '../storage/rollups/fold-writes.ts'
import { rollupsRebuild } from './rollups.ts'

test('rebuilds all rollups and prints one line', async (t) => {
  const { url, database } = await openFreshDatabase(t)
  await batchWriter(database)(batchOf(storableEvents(10)))
  await foldWrites(database)
  const right = await dumpRollups(database)
  await database.query('update playtrace.hourly_events set events = 9; update playtrace.sessions set events = 9')
  const terminal = testTerminal()
  assert.equal(await rollupsRebuild(readConfig({ DATABASE_URL: url }), terminal), 0)
  assert.deepEqual(terminal.output, { stdout: 'Rebuilt the rollups from the stored events.\n', stderr: '' })
  assert.deepEqual(await dumpRollups(database), right)
})

test('Ctrl-C leaves the rollups unchanged', async (t) => {
  const { url, database } = await openFreshDatabase(t)
  await batchWriter(database)(batchOf(storableEvents(10)))
  await foldWrites(database)
  await database.query('update playtrace.hourly_events set events = 9')
  const before = await dumpRollups(database)
  const blocker = await database.connect()
  await blocker.query('begin; lock table playtrace.hourly_events in exclusive mode')
  const terminal = testTerminal()
  const code = rollupsRebuild(readConfig({ DATABASE_URL: url }), terminal)
  await until(async () => {
    const { rows } = await database.query(`select from pg_locks
      where relation = 'playtrace.hourly_events'::regclass and not granted`)
    return rows.length > 0
  })
  terminal.raise('SIGINT')
  await blocker.query('rollback')
  blocker.release()
  assert.equal(await code, 130)
  assert.match(terminal.output.stderr, /The rollups are unchanged/)
  assert.deepEqual(await dumpRollups(database), before)
})
