// Reads new rejected events for the live tail.
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

/** @returns the rejected events of these writes in these games, and those of the writes that can be seen */
export async function readNewRejections(
  database: Database,
  writeIds: number[],
  gameIds: number[],
): Promise<{ rejected: Map<number, RejectionNews>; write_ids: number[] }> {
  // First, so that a write that commits between the two queries is left to the next read.
  const write_ids = await visibleWrites(database, writeIds)
  const rows = await readRejectionsOf(database, write_ids, gameIds)
  const rejected = new Map<number, RejectionNews>()
  for (const gameId of gameIds) {
    const ofGame = rows.filter(({ game_id }) => game_id === gameId)
    const rejections = ofGame.map(({ game_id, found, ...row }) => withText(row))
    rejected.set(gameId, { rejections, rejected: ofGame[0]?.found ?? 0 })
  }
  return { rejected, write_ids }
}

async function visibleWrites(database: Database, writeIds: number[]): Promise<number[]> {
  if (writeIds.length === 0) return []
  const { rows } = await database.query<{ write_id: number }>(
    `select distinct write_id::float8 from playtrace.rejected_events where write_id = any($1::bigint[])`,
    [writeIds],
  )
  return rows.map(({ write_id }) => write_id)
}

async function readRejectionsOf(
  database: Database,
  writeIds: number[],
  gameIds: number[],
): Promise<(RejectionRow & { game_id: number; found: number })[]> {
  if (writeIds.length === 0) return []
  const { rows } = await database.query<RejectionRow & { game_id: number; found: number }>(
    `select game_id, count(*) over (partition by game_id)::int as found, ${LISTED_COLUMNS}
     from playtrace.rejected_events
     where write_id = any($1::bigint[]) and game_id = any($2)
     order by rejected_events.received_at, rejection_id
     limit ${REJECTIONS_MAX}`,
    [writeIds, gameIds],
  )
  return rows
}
