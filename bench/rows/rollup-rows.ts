// What the rollups cost ingestion: the same load with the fold on, until the rollups hold the last event, and with none.
import { FOLD_LOCK } from '../../src/storage/rollups/fold.ts'
import { startPlaytrace } from '../system/playtrace.ts'
import { measured } from './measured.ts'
import { EVENTS_BY_MANY, REQUESTS_OF_50 } from './playtrace-rows.ts'
import type { Row } from './row.ts'

/** Twice as many as elsewhere: the fold rests for a second at most, and a row is charged for its last rest. */
const EVENTS = 2 * EVENTS_BY_MANY

const REQUESTS = { ...REQUESTS_OF_50, steady: false }

export const ROLLUP_ROWS: Row[] = [
  {
    id: 'folded',
    title: 'Playtrace, PostgreSQL queue: 50, into the rollups',
    events: EVENTS,
    run: ({ dataDir, ...context }) =>
      measured({ dataDir, ...context }, REQUESTS, async () => {
        const playtrace = await startPlaytrace({ dataDir, queue: 'postgres' })
        const { storage } = playtrace
        const visibleEvents = async () => {
          const { rows } = await storage.client.query(
            'select coalesce(sum(events), 0) as number from playtrace.hourly_events',
          )
          return Number(rows[0].number)
        }
        return { ...playtrace, queueBytes: undefined, storage: { ...storage, visibleEvents } }
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
