// The rejected half of the live tail: found by the batches that were stored in the last seconds, because a rejection carries
// the time when it was received, which with a backlog is long before it is in quarantine.
import type { StoredRejection } from '../../contract/quarantine.ts'
import type { Database } from '../postgres/database.ts'
import { LISTED_COLUMNS, type RejectionRow, withText } from './rejections.ts'

/** What is new of one game. */
export interface RejectionNews {
  rejections: StoredRejection[]
  /** With those that are not in `rejections`, because they are too many or were not kept. */
  rejected: number
}

/** Of all games and one look. */
const REJECTIONS_MAX = 1_000
/** A batch says when it was stored shortly before it is there to be seen. */
const BATCH_LOOKBACK_SECONDS = 10
/** A batch's id says when it was put together; its events were received before, but hardly longer than this. */
const RECEIVED_BEFORE_MS = 120_000

/** From now on: what was rejected in each of these games since the call before. */
export async function rejectionTail(
  database: Database,
): Promise<(gameIds: number[]) => Promise<Map<number, RejectionNews>>> {
  let seen = await readBatches(database)
  const shown = new Map<string, string>()
  const unkept = await unkeptTail(database)
  return async (gameIds) => {
    const batches = await readBatches(database)
    const news = [...batches].flatMap(([id, rejected]) => (seen.get(id) === rejected ? [] : id))
    const rows = await readRejectionsOf(database, gameIds, news)
    const notKept = await unkept()
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
        rejected: ofGame.length + leftOut + (notKept.get(gameId) ?? 0),
      })
    }
    for (const { rejection_id, batch_id } of rows) shown.set(rejection_id, batch_id)
    return games
  }
}

/** How many rejections each batch of the last seconds brought. */
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

/** Milliseconds since 1970, which an id of version 7 begins with. */
const timeOfId = (id: string) => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)

/** How many more of each game were counted and not kept, since the call before. */
async function unkeptTail(database: Database): Promise<() => Promise<Map<number, number>>> {
  const since = new Date()
  let before = await countUnkeptSince(database, since)
  return async () => {
    const now = await countUnkeptSince(database, since)
    const more = [...now].map(([id, events]): [number, number] => [id, events - (before.get(id) ?? 0)])
    before = now
    return new Map(more)
  }
}

async function countUnkeptSince(database: Database, since: Date): Promise<Map<number, number>> {
  const { rows } = await database.query<{ game_id: number; events: number }>(
    `select game_id, sum(events)::float8 as events from playtrace.unkept_rejections
     where hour >= date_trunc('hour', $1::timestamptz, 'UTC') - interval '1 hour' group by game_id`,
    [since],
  )
  return new Map(rows.map(({ game_id, events }) => [game_id, events]))
}
