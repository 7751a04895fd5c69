// Rebuilds the rollups from the stored events in one transaction, with the statements of the fold. Readers see the old
// rollups until it commits. Events that are stored during the rebuild wait in `unrolled_writes` for a fold.
import type { PoolClient } from 'pg'
import type { Database } from '../postgres/database.ts'
import { inTransaction } from '../postgres/transaction.ts'
import { addFoldedEvents, FOLD_LOCK, holdPartitions, prepareFold } from './fold.ts'
import { IS_FOLDED, readEventsOfStretch, type Stretch } from './folded-events.ts'

interface RebuildOptions {
  /** If it is aborted, the rebuild throws and changes nothing. */
  stop: AbortSignal
  onProgress: (events: number, total: number) => void
  /** Absent: the rollups of all games. */
  gameId?: number
}

export const ROLLUP_TABLES = [
  'event_times',
  'hourly_events',
  'level_days',
  'level_seconds',
  'resource_days',
  'mismatch_days',
  'players',
  'player_days',
  'player_names',
  'player_levels',
  'sessions',
  'purchases',
  'payer_days',
]

/** Events that are folded at once. An hour with more events is a stretch of its own. */
const STRETCH_EVENTS_MAX = 100_000

interface CountedStretch extends Stretch {
  events: number
}

/** Waits for the running fold, and keeps others from folding. */
export function rebuildRollups(database: Database, { stop, onProgress, gameId }: RebuildOptions): Promise<void> {
  const ofGame = gameId === undefined ? 'true' : `game_id = ${gameId}`
  return inTransaction(database, async (client) => {
    await client.query(`select pg_advisory_xact_lock(${FOLD_LOCK})`)
    await holdPartitions(client)
    for (const table of ROLLUP_TABLES) await client.query(`delete from playtrace.${table} where ${ofGame}`)
    // A write may have events of several games, so those of one game wait for the fold.
    if (gameId === undefined) await client.query('delete from playtrace.unrolled_writes')
    const stretches = await findStretches(client, ofGame)
    const total = stretches.reduce((sum, { events }) => sum + events, 0)
    await prepareFold(client)
    let done = 0
    for (const stretch of stretches) {
      stop.throwIfAborted()
      onProgress(done, total)
      await client.query('truncate folded_events, folded_players')
      await readEventsOfStretch(client, stretch)
      await addFoldedEvents(client)
      done += stretch.events
    }
    onProgress(done, total)
  })
}

async function findStretches(client: PoolClient, ofGame: string): Promise<CountedStretch[]> {
  const { rows } = await client.query<CountedStretch>(
    `select game_id as "gameId", hour::text as from, (hour + interval '1 hour')::text as to, events
     from (
       select game_id, date_trunc('hour', corrected_at, 'UTC') as hour, count(*)::integer as events
       from playtrace.events where ${ofGame} and ${IS_FOLDED} group by game_id, hour
     ) as hours
     order by game_id, hour`,
  )
  const stretches: CountedStretch[] = []
  for (const hour of rows) {
    const last = stretches.at(-1)
    if (last?.gameId === hour.gameId && last.events + hour.events <= STRETCH_EVENTS_MAX) {
      last.to = hour.to
      last.events += hour.events
    } else stretches.push(hour)
  }
  return stretches
}
