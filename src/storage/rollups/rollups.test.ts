// Folded rollups equal rebuilt rollups and a count of every event, whatever the order of writes and folds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { batchWriter } from '../../../test/batch-writer.ts'
import { batchOf } from '../../../test/batches.ts'
import { expectedRollups, type MeantEvent } from '../../../test/expected-rollups.ts'
import { meantEvent } from '../../../test/meant-events.ts'
import { dumpRollups } from '../../../test/rollup-dump.ts'
import { openFreshDatabase } from '../../../test/stores.ts'
import type { Database } from '../postgres/database.ts'
import { foldWrites } from './fold-writes.ts'
import { ROLLUP_TABLES, rebuildRollups } from './rebuild.ts'

const RUNS = 40
const QUIET = { stop: new AbortController().signal, onProgress: () => {} }

/** Writes, and between them folds. */
interface Step {
  events: MeantEvent[]
  /** Of all that were written before: these come again. */
  repeats: number[]
  isFolded: boolean
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    events: fc.array(meantEvent, { maxLength: 12 }),
    repeats: fc.array(fc.nat(), { maxLength: 3 }),
    isFolded: fc.boolean(),
  }),
  { minLength: 1, maxLength: 8 },
)

test('folded rollups equal rebuilt rollups and a count of every event', async (t) => {
  const { database } = await openFreshDatabase(t)
  await fc.assert(
    fc.asyncProperty(steps, async (run) => {
      await clear(database)
      const expected = expectedRollups(await writeAndFold(database, run))
      while ((await foldWrites(database)).writes > 0);
      assert.deepEqual(await dumpRollups(database), expected, 'kept')
      await rebuildRollups(database, QUIET)
      assert.deepEqual(await dumpRollups(database), expected, 'rebuilt')
    }),
    { numRuns: RUNS },
  )
})

/** @returns the stored events */
async function writeAndFold(database: Database, run: Step[]): Promise<MeantEvent[]> {
  const write = batchWriter(database)
  const written: MeantEvent[] = []
  for (const { events, repeats, isFolded } of run) {
    const again = repeats.flatMap((index) => written[index % written.length] ?? [])
    const repeated = [...new Set(again)].map(({ event }) => ({
      ...event,
      // A retry of one without a time of its own comes with another.
      ...(!event.dated && { occurred_at: '2026-01-31T12:34:56.789Z' }),
    }))
    const { stored } = await write(batchOf([...events.map(({ event }) => event), ...repeated]))
    assert.equal(stored, events.length)
    written.push(...events)
    if (isFolded) await foldWrites(database)
  }
  return written
}

async function clear(database: Database): Promise<void> {
  const rollups = ROLLUP_TABLES.map((table) => `playtrace.${table}`).join(', ')
  await database.query(
    `truncate playtrace.events, playtrace.undated_events, playtrace.unrolled_writes, playtrace.kept_values, ${rollups}`,
  )
}
