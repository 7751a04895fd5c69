// Reads new rejected events for the live tail. They are found by the batches of the last seconds, because `received_at` is
// long before the event is in quarantine when the queue has a backlog.
import type { StoredRejection } from '../../contract/quarantine.ts'
import type { Database } from '../postgres/database.ts'
import { LISTED_COLUMNS, type RejectionRow, withText } from './rejections.ts'

/** The new rejected events of one game. */
export interface RejectionNews {
  rejections: StoredRejection[]
  /** The number of new rejected events, including those beyond the limit of `rejections`. */
  rejected: number
}

/** The limit of one query, over all games. */
const REJECTIONS_MAX = 1_000
/** `stored_at` is shortly before the commit that makes the batch visible. */
const BATCH_LOOKBACK_SECONDS = 10
/** The id of a batch contains the time when it was made. Its events were received at most this much earlier. */
const RECEIVED_BEFORE_MS = 120_000

/** Each call of the returned function returns what was rejected in these games since the call before. */
export async function rejectionTail(
  database: Database,
): Promise<(gameIds: number[]) => Promise<Map<number, RejectionNews>>> {
  let seen = await readBatches(database)
  const shown = new Map<string, string>()
  return async (gameIds) => {
    const batches = await readBatches(database)
    const news = [...batches].flatMap(([id, rejected]) => (seen.get(id) === rejected ? [] : id))
    const rows = await readRejectionsOf(database, gameIds, news)
    seen = batches
    for (const [id, batchId] of shown) if (!seen.has(batchId)) shown.delete(id)
    const games = new Map<number, RejectionNews>()
    for (const gameId of gameIds) {
      const ofGame = rows.filter(
        ({ game_id, rejection_id }) => game_id === gameId && !shown.has(rejection_id),
      )
      const leftOut = (ofGame[0]?.found ?? 0) - rows.filter(({ game_id }) => game_id === gameId).length
      games.set(gameId, {
        rejections: ofGame.map(({ game_id, found, ...row }) => withText(row)),
        rejected: ofGame.length + leftOut,
      })
    }
    for (const { rejection_id, batch_id } of rows) shown.set(rejection_id, batch_id)
    return games
  }
}

/** Returns the number of rejected events of each batch of the last seconds. */
async function readBatches(database: Database): Promise<Map<string, number>> {
  const { rows } = await database.query<{ batch_id: string; rejected: number }>(
    `select batch_id, rejected from playtrace.batches
     where stored_at > clock_timestamp() - make_interval(secs => $1) and rejected > 0`,
    [BATCH_LOOKBACK_SECONDS],
  )
  return new Map(rows.map(({ batch_id, rejected }) => [batch_id, rejected]))
}

async function readRejectionsOf(
  database: Database,
  gameIds: number[],
  batchIds: string[],
): Promise<(RejectionRow & { game_id: number; found: number })[]> {
  if (batchIds.length === 0) return []
  const { rows } = await database.query<RejectionRow & { game_id: number; found: number }>(
    `select game_id, count(*) over (partition by game_id)::int as found, ${LISTED_COLUMNS}
     from playtrace.rejected_events
     where game_id = any($1) and batch_id = any($2) and received_at >= $3
     order by rejected_events.received_at, rejection_id
     limit ${REJECTIONS_MAX}`,
    [gameIds, batchIds, new Date(Math.min(...batchIds.map(timeOfId)) - RECEIVED_BEFORE_MS)],
  )
  return rows
}

/** Milliseconds since 1970, with which a UUID of version 7 begins. */
const timeOfId = (id: string) => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
