// Many names, platforms and versions: a limited number is counted by itself on each day, and the rest as (other).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchWriter } from '../../../test/batch-writer.ts'
import { batchOf, storableEvent, storableEvents } from '../../../test/batches.ts'
import { dumpRollups } from '../../../test/rollup-dump.ts'
import { openFreshDatabase } from '../../../test/stores.ts'
import { foldWrites } from './fold-writes.ts'
import { rebuildRollups } from './rebuild.ts'

const QUIET = { stop: new AbortController().signal, onProgress: () => {} }
const NAMES = 1_000
const OTHERS = 100

test('beyond the limits of a day, the rest counts as (other), before and after a rebuild', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  const store = async (events: Parameters<typeof batchOf>[0]) => {
    await write(batchOf(events))
    await foldWrites(database)
  }
  const slice = { platform: 'web', app_version: '1.0' }
  await store([storableEvent({ name: 'first', ...slice }), storableEvent({ name: 'first', ...slice })])
  await store(
    storableEvents(NAMES - 1, (n) => ({ name: `name-${n}`, platform: `os-${n % 150}`, app_version: `v-${n % 150}` })),
  )
  await store([
    ...storableEvents(OTHERS, (n) => ({ name: `late-${n}`, ...slice })),
    storableEvent({ name: 'first', ...slice }),
    storableEvent({ name: 'level_start', properties: '{"level":1}', platform: 'new', app_version: null }),
    storableEvent({ name: 'late-0', game_id: 2, ...slice }),
    storableEvent({ name: 'late-0', corrected_at: '2026-11-21T10:00:00.000Z', ...slice }),
  ])

  const by = async (column: string) => {
    const { rows } = await database.query<{ value: string; events: number }>(
      `select ${column} as value, sum(events)::integer as events from playtrace.hourly_events
       where game_id = 1 and hour >= '2026-11-22Z' group by 1`,
    )
    return new Map(rows.map(({ value, events }) => [value, events]))
  }
  const names = await by('name')
  assert.equal(names.size, NAMES + 2, 'the limit, a standard event, and the rest')
  assert.deepEqual([names.get('first'), names.get('level_start'), names.get('(other)')], [3, 1, OTHERS])
  const platforms = await by('platform')
  assert.deepEqual([platforms.size, platforms.get('web'), platforms.get('new')], [101, OTHERS + 3, undefined])
  assert.equal((await by('app_version')).size, 102, 'without a version counts by itself')
  const { rows } = await database.query(
    `select game_id, hour from playtrace.hourly_events where name = 'late-0' order by game_id`,
  )
  assert.deepEqual(
    rows.map(({ game_id }) => game_id),
    [1, 2],
    'another day and another game have limits of their own',
  )

  const kept = await dumpRollups(database)
  assert.ok(kept.player_names.some((row) => row.includes('"name":"(other)"')))
  assert.ok(kept.level_days.length > 0)
  await rebuildRollups(database, QUIET)
  assert.deepEqual(await dumpRollups(database), kept)
})
