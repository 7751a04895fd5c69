// What one key sent is forgotten: everything of it and nothing else, also while a month moves, and the reports of its game are
// as if it had never been sent.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { batchWriter } from '../../../test/batch-writer.ts'
import { batchOf, storableEvent, storableEvents } from '../../../test/batches.ts'
import { dumpRollups } from '../../../test/rollup-dump.ts'
import { testTerminal } from '../../../test/stand-in-server.ts'
import { connect, openFreshDatabase } from '../../../test/stores.ts'
import { until } from '../../../test/until.ts'
import { eventsForget } from '../../commands/events.ts'
import { readConfig } from '../../config.ts'
import { fingerprintOf, hashKey, newKey } from '../../contract/key.ts'
import { addKey, ensureGame, findKey, revokeKey } from '../games/games.ts'
import type { Database } from '../postgres/database.ts'
import { countSetAside, countUnrolledWrites, foldWrites } from '../rollups/fold-writes.ts'
import { rebuildRollups } from '../rollups/rebuild.ts'
import { forgetEvents } from './forget-events.ts'
import { addMissingPartitions, attachMonth } from './partitions.ts'

const QUIET = { stop: new AbortController().signal, onProgress: () => {} }
const RANGE = { from: undefined, to: undefined }

/** A key of a game, with the fields that events of it have. */
async function addSender(database: Database, game: string) {
  const gameId = await ensureGame(database, game)
  const key = newKey('write')
  await addKey(database, { gameId, kind: 'write', key, label: key })
  const fingerprint = fingerprintOf(hashKey(key))
  const { key_no: keyNo } = (await findKey(database, fingerprint)) ?? assert.fail()
  return { fingerprint, gameId, keyNo, fields: { game_id: gameId, key_no: keyNo } }
}

async function open(t: TestContext) {
  const { url, database } = await openFreshDatabase(t, 4)
  const [hostile, honest] = [await addSender(database, 'one'), await addSender(database, 'one')]
  const other = await addSender(database, 'two')
  const run = async (options: object = {}) => {
    const terminal = testTerminal()
    const code = await eventsForget(
      readConfig({ DATABASE_URL: url }),
      { key: hostile.fingerprint, ...options },
      terminal,
    )
    assert.equal(code, 0)
    return terminal.output
  }
  return { url, database, write: batchWriter(database), hostile, honest, other, run }
}

const keysOf = async (database: Database, table = 'events') => {
  const { rows } = await database.query<{ key_no: number; events: number }>(
    `select key_no, count(*)::integer as events from playtrace.${table} group by key_no order by key_no`,
  )
  return rows.map(({ key_no, events }) => [key_no, events])
}

/** Of both months with a partition, and of months in the default partition. */
const atTime = (index: number) => {
  const time = new Date(Date.UTC(2026, 8 + (index % 5), 1 + (index % 25))).toISOString()
  return { occurred_at: time, identified_at: time, corrected_at: time, player_id: `player-${index % 7}` }
}

test('forgetting a key removes its events from every partition, and the reports are as if it had sent nothing', async (t) => {
  const { database, write, hostile, honest, other, run } = await open(t)
  await addMissingPartitions(database, new Date('2026-10-20T00:00:00Z'))
  const purchase = { name: 'purchase', properties: '{"product_id":"p","currency":"EUR","amount_minor":900}' }
  const of = (sender: typeof hostile) =>
    storableEvents(100, (index) => ({ ...atTime(index), ...purchase, ...sender.fields }))
  const [kept, ofOther] = [of(honest), of(other)]
  await write(batchOf([...kept, ...ofOther]))
  while ((await foldWrites(database)).more);
  const expected = await dumpRollups(database)
  await write(batchOf(of(hostile)))
  while ((await foldWrites(database)).more);
  // One more write of all three is not folded yet.
  await write(batchOf([...of(hostile), ...of(honest), ...of(other)]))
  const before = await dumpRollups(database)

  assert.match(
    (await run({ dryRun: true })).stdout,
    /^This write key of one sent: events 200, players 7, days 25\. Nothing/,
  )
  assert.equal((await keysOf(database))[0]?.[1], 200, 'a dry run changes nothing')
  assert.deepEqual(await dumpRollups(database), before)

  const output = await run()
  assert.equal(output.stdout, 'Removed events: 200. Rebuilt the reports of one.\n')
  assert.match(output.stderr, /The key is valid, so it may send more events/)
  assert.deepEqual(await keysOf(database), [
    [honest.keyNo, 200],
    [other.keyNo, 200],
  ])
  assert.deepEqual(await dumpRollups(database), expected, 'without the write that is not folded')
  assert.equal(await countUnrolledWrites(database), 1)
  while ((await foldWrites(database)).more);
  const folded = await dumpRollups(database)
  await rebuildRollups(database, QUIET)
  assert.deepEqual(await dumpRollups(database), folded)
  assert.equal(folded.purchases.length, 400)
})

test('only the given range of arrival is forgotten, and a forgotten event is stored if it is sent again', async (t) => {
  const { database, write, hostile, run } = await open(t)
  const received = ['2026-11-20T23:59:59.999Z', '2026-11-21T00:00:00.000Z', '2026-11-22T00:00:00.000Z']
  const undated = received.map((received_at) => {
    const times = { occurred_at: received_at, identified_at: received_at, corrected_at: received_at, received_at }
    return storableEvent({ ...hostile.fields, ...times, event_id: crypto.randomUUID(), dated: false })
  })
  await write(batchOf(undated))
  await revokeKey(database, hostile.fingerprint)
  const output = await run({ from: '2026-11-21T00:00:00Z', to: '2026-11-22T00:00:00Z' })
  assert.deepEqual(output, { stdout: 'Removed events: 1. Rebuilt the reports of one.\n', stderr: '' })
  const { rows } = await database.query('select event_id from playtrace.events order by received_at')
  assert.deepEqual(
    rows.map(({ event_id }) => event_id),
    [undated[0]?.event_id, undated[2]?.event_id],
  )
  assert.deepEqual(await write(batchOf(undated)), { stored: 1, repeated: 2 })
})

test('a month that is being moved brings no forgotten event back', async (t) => {
  const { url, database, write, hostile, honest } = await open(t)
  const inMay = { occurred_at: '2026-05-05T00:00:00Z', identified_at: '2026-05-05T00:00:00Z' }
  await write(batchOf(storableEvents(300, (index) => ({ ...(index % 2 ? hostile : honest).fields, ...inMay }))))
  // A read keeps the default partition locked, so the month is copied and not attached.
  const reader = await database.connect()
  await reader.query('begin; select from playtrace.events_default limit 1')
  await assert.rejects(attachMonth(connect(t, url, 1), '2026-05'))
  assert.equal((await keysOf(database, 'events_2026_05')).length, 2, 'the copy has events of both keys')
  const forgetting = forgetEvents(database, { ...hostile, ...RANGE }, QUIET)
  assert.equal(await forgetting, 150, 'the copies are not counted')
  await reader.query('commit')
  reader.release()
  await attachMonth(database, '2026-05')
  assert.deepEqual(await keysOf(database), [[honest.keyNo, 150]])
})

test('a copy of a month that runs at the same time is waited for', async (t) => {
  const { database, write, hostile } = await open(t)
  await write(batchOf([storableEvent(hostile.fields)]))
  const copying = await database.connect()
  await copying.query(`begin; select pg_advisory_xact_lock(hashtext('playtrace.month_partitions'))`)
  const forgetting = forgetEvents(database, { ...hostile, ...RANGE }, QUIET)
  await until(async () => {
    const { rows } = await database.query(`select from pg_locks where locktype = 'advisory' and not granted`)
    return rows.length > 0
  })
  assert.deepEqual(await keysOf(database), [[hostile.keyNo, 1]])
  await copying.query('commit')
  copying.release()
  assert.equal(await forgetting, 1)
})

test('a write of which nothing is left is not shown as set aside', async (t) => {
  const { database, write, hostile, honest } = await open(t)
  await write(batchOf([storableEvent(hostile.fields)]))
  await write(batchOf([storableEvent(honest.fields)]))
  await database.query('update playtrace.unrolled_writes set set_aside_at = now()')
  await forgetEvents(database, { ...hostile, ...RANGE }, QUIET)
  assert.deepEqual(await countSetAside(database), { writes: 1, events: 1 })
})
