// What the rollups cost ingestion: the same load with the fold on, which must hold the last event soon after, and with none.
import { setTimeout as wait } from 'node:timers/promises'
import { FOLD_LOCK } from '../../../src/storage/rollups/fold.ts'
import { type Playtrace, startPlaytrace } from '../system/playtrace.ts'
import { measured } from './measured.ts'
import { EVENTS_BY_MANY, REQUESTS_OF_50 } from './playtrace-rows.ts'
import type { Row } from './row.ts'

/** Twice as many as elsewhere: many folds, so that the last, which ends after the clock, counts for little. */
const EVENTS = 2 * EVENTS_BY_MANY

const REQUESTS = { ...REQUESTS_OF_50, steady: false }

/** A fold's pause, and as long as a full fold may take. */
const FOLDED_MS_MAX = 5_000

export const ROLLUP_ROWS: Row[] = [
  {
    id: 'folded',
    title: 'Playtrace, PostgreSQL queue: 50, with rollups',
    events: EVENTS,
    run: ({ dataDir, ...context }) =>
      measured({ dataDir, ...context }, REQUESTS, async () => {
        const playtrace = await startPlaytrace({ dataDir, queue: 'postgres' })
        const close = async () => {
          try {
            await assertFolded(playtrace)
          } finally {
            await playtrace.close()
          }
        }
        return { ...playtrace, queueBytes: undefined, close }
      }),
  },
  {
    id: 'unfolded',
    title: 'Playtrace, PostgreSQL queue: 50, no rollups',
    events: EVENTS,
    run: ({ dataDir, ...context }) =>
      measured({ dataDir, ...context }, REQUESTS, async () => {
        const playtrace = await startPlaytrace({ dataDir, queue: 'postgres' })
        // Who holds this lock keeps every worker from folding.
        await playtrace.storage.client.query(`select pg_advisory_lock(${FOLD_LOCK})`)
        return { ...playtrace, queueBytes: undefined }
      }),
  },
]

/** @throws where the rollups do not hold every stored event by then: they would have been left behind, and cost nothing */
async function assertFolded({ storage }: Playtrace): Promise<void> {
  await wait(FOLDED_MS_MAX)
  const { rows } = await storage.client.query(
    'select coalesce(sum(events), 0) as number from playtrace.hourly_events',
  )
  const [folded, stored] = [Number(rows[0].number), await storage.countEvents()]
  if (folded !== stored) throw new Error(`The rollups hold ${folded} of ${stored} stored events.`)
}
