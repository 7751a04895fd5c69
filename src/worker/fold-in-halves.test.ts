// One write whose fold takes too long is found by halving and set aside, and all others are in the reports.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchWriter } from '../../test/batch-writer.ts'
import { batchOf, storableEvents } from '../../test/batches.ts'
import { connect, openFreshDatabase } from '../../test/stores.ts'
import {
  countSetAside,
  countUnrolledWrites,
  foldWrites,
  retryWritesSetAside,
  setWriteAside,
} from '../storage/rollups/fold-writes.ts'
import { rebuildRollups } from '../storage/rollups/rebuild.ts'
import { foldInHalves } from './fold-in-halves.ts'

const WRITES = 40
const TIMEOUT_MS = 500

test('a write that always reaches the time limit is set aside, and the other writes are folded', async (t) => {
  const { url, database } = await openFreshDatabase(t)
  await database.query(`
    create function slow_player() returns trigger language plpgsql as $$
      begin perform pg_sleep(10); return new; end $$;
    create trigger slow_player before insert or update on playtrace.players
      for each row when (new.player_id = 'hostile') execute function slow_player()`)
  const write = batchWriter(database)
  for (let n = 0; n < WRITES; n++)
    await write(batchOf(storableEvents(5, () => ({ player_id: n === 17 ? 'hostile' : `player-${n}` }))))
  const impatient = connect(t, url, 2, TIMEOUT_MS)
  const fold = foldInHalves({
    writesMax: 2_000,
    fold: (writesMax, onTaken) => foldWrites(impatient, writesMax, onTaken),
    setAside: (writeId) => setWriteAside(impatient, writeId),
  })
  const errors: string[] = []
  while ((await countUnrolledWrites(database)) > 0) {
    await fold().catch((error: Error) => errors.push(error.message))
    assert.ok(errors.length < 20, errors.join('\n'))
  }
  assert.match(
    errors.at(-1) ?? '',
    /^The events of write \d+ cannot be added to the reports\. The write was set aside\.$/,
  )
  assert.deepEqual(await countSetAside(database), { writes: 1, events: 5 })
  const counted = async () =>
    (await database.query('select sum(events)::int as events from playtrace.hourly_events')).rows
  assert.deepEqual(await counted(), [{ events: (WRITES - 1) * 5 }])

  await retryWritesSetAside(database)
  assert.deepEqual(await countSetAside(database), { writes: 1, events: 5 }, 'not before an hour has passed')
  await database.query('drop trigger slow_player on playtrace.players')
  await rebuildRollups(database, { stop: new AbortController().signal, onProgress: () => {} })
  assert.deepEqual(await counted(), [{ events: WRITES * 5 }])
  assert.deepEqual(await countSetAside(database), { writes: 0, events: 0 })
})

test('a write that was set aside is tried again after an hour', async (t) => {
  const { database } = await openFreshDatabase(t)
  await batchWriter(database)(batchOf(storableEvents(3)))
  await database.query(`update playtrace.unrolled_writes set set_aside_at = now() - interval '61 minutes'`)
  assert.equal((await foldWrites(database)).events, 0)
  await retryWritesSetAside(database)
  assert.equal((await foldWrites(database)).events, 3)
})

test('a connection that is cut during a fold sets nothing aside', async (t) => {
  const { database } = await openFreshDatabase(t)
  await batchWriter(database)(batchOf(storableEvents(1)))
  await database.query(`
    create function cut() returns trigger language plpgsql as $$
      begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$;
    create trigger cut before insert on playtrace.players for each row execute function cut()`)
  const fold = foldInHalves({
    writesMax: 1,
    fold: (writesMax, onTaken) => foldWrites(database, writesMax, onTaken),
    setAside: assert.fail,
  })
  for (let n = 0; n < 3; n++) await assert.rejects(fold(), { code: 'DATABASE_AWAY' })
  await database.query('drop trigger cut on playtrace.players')
  assert.deepEqual(await fold(), { writes: 1, events: 1, more: true })
})
