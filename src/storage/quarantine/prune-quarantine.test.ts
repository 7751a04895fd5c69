// The quarantine's bounds: by age, number and bytes, each game's own, however much is beyond them.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { batchWriter } from '../../../test/batch-writer.ts'
import { batchOf, quarantinedEvent } from '../../../test/batches.ts'
import { openFreshDatabase } from '../../../test/stores.ts'
import type { QuarantinedEvent } from '../../ingest/event-batch.ts'
import { ensureGame } from '../games/games.ts'
import type { Database } from '../postgres/database.ts'
import { pruneQuarantine } from './prune-quarantine.ts'

const NEVER = new AbortController().signal
const WIDE = { days: 90, eventsMax: 1_000_000, bytesMax: 1_000_000_000 }
const at = (daysAgo: number) => new Date(Date.now() - daysAgo * 86_400_000).toISOString()

async function openGames(t: TestContext): Promise<{ database: Database; flooded: number; quiet: number }> {
  const { database } = await openFreshDatabase(t)
  const [flooded, quiet] = [await ensureGame(database, 'flooded'), await ensureGame(database, 'quiet')]
  return { database, flooded: flooded ?? 0, quiet: quiet ?? 0 }
}

/** Their names, newest first, by game. */
async function left(database: Database): Promise<Record<number, string[]>> {
  const { rows } = await database.query<{ game_id: number; names: string[] }>(
    `select game_id, array_agg(name order by received_at desc, rejection_id desc) as names
     from playtrace.rejected_events group by game_id order by game_id`,
  )
  return Object.fromEntries(rows.map(({ game_id, names }) => [game_id, names]))
}

/** Named by its age. */
const aged = (game_id: number, days: number, fields: Partial<QuarantinedEvent> = {}) =>
  quarantinedEvent({ game_id, name: `${days}`, received_at: at(days), ...fields })

test('old rejections are deleted and the newest of each game are kept, also if several workers prune', async (t) => {
  const { database, flooded, quiet } = await openGames(t)
  const rejected = [
    ...[1, 2, 3, 4, 5, 91].map((days) => aged(flooded, days)),
    ...[3, 91].map((days) => aged(quiet, days)),
  ]
  await batchWriter(database)(batchOf([], rejected))
  await Promise.all([1, 2, 3].map(() => pruneQuarantine(database, { ...WIDE, eventsMax: 3 }, NEVER)))
  assert.deepEqual(await left(database), { [flooded]: ['1', '2', '3'], [quiet]: ['3'] })
})

test('the oldest rejected events of each game beyond the limit of bytes are deleted', async (t) => {
  const { database, flooded, quiet } = await openGames(t)
  const raw = 'ä'.repeat(500)
  const rejected = [1, 2, 3, 4].flatMap((days) => [aged(flooded, days, { raw }), aged(quiet, days)])
  await batchWriter(database)(batchOf([], [...rejected, aged(flooded, 5)]))
  await pruneQuarantine(database, { ...WIDE, bytesMax: 3_000 }, NEVER)
  assert.deepEqual(await left(database), { [flooded]: ['1', '2', '3'], [quiet]: ['1', '2', '3', '4'] })
  await pruneQuarantine(database, { ...WIDE, bytesMax: 2_999 }, NEVER)
  assert.deepEqual((await left(database))[flooded], ['1', '2'])
  await pruneQuarantine(database, { ...WIDE, bytesMax: 999 }, NEVER)
  assert.deepEqual((await left(database))[flooded], undefined, 'one that is larger than the bound')
})

test('exactly the limit of rejections is kept, also if many have the same time', async (t) => {
  const { database, flooded } = await openGames(t)
  const received_at = `${at(1).slice(0, -1)}001Z`
  const rejected = Array.from({ length: 2_345 }, (_, n) =>
    quarantinedEvent({ game_id: flooded, received_at, name: `${n}` }),
  )
  await batchWriter(database)(batchOf([], rejected))
  await pruneQuarantine(database, { ...WIDE, eventsMax: 7 }, NEVER)
  const newest = rejected.slice(-7).map(({ name }) => name)
  assert.deepEqual(await left(database), { [flooded]: newest.toReversed() })
})

test('the index alone finds the rejections to delete', async (t) => {
  const { database, flooded } = await openGames(t)
  await database.query(
    `insert into playtrace.rejected_events (rejection_id, game_id, batch_id, received_at, reason, path, message, raw)
     select gen_random_uuid(), $1, gen_random_uuid(), now() - n * interval '1 second', 'missing_field', '', '', '\\x00'
     from generate_series(1, 20000) n`,
    [flooded],
  )
  await database.query('vacuum analyze playtrace.rejected_events')
  let plan = ''
  const explaining = {
    async query(statement: string, values: unknown[]) {
      if (statement.includes('over back')) {
        const { rows } = await database.query(`explain ${statement}`, values)
        plan = rows.map((row) => row['QUERY PLAN']).join('\n')
      }
      return database.query(statement, values)
    },
  }
  await pruneQuarantine(explaining as unknown as Database, WIDE, NEVER)
  assert.match(plan, /Index Only Scan using rejected_events_by_time/)
  assert.doesNotMatch(plan, /Sort /)
})
