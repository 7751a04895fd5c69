// Download links: the export that a link's token gives. Only the hash of the token is stored.
import { utcTime } from '../postgres/cursor.ts'
import type { Database } from '../postgres/database.ts'
import type { ExportFormat } from './export-events.ts'
import type { EventFilter } from './read-events.ts'

export interface Download {
  game_id: number
  format: ExportFormat
  filter: EventFilter
}

const VALID_SECONDS = 60

/**
 * Stores a download until it is taken or expires. Deletes expired downloads.
 * @returns when it expires, as RFC 3339
 */
export async function addDownload(
  database: Database,
  tokenHash: Buffer,
  { game_id, format, filter }: Download,
): Promise<string> {
  const { rows } = await database.query<{ expires_at: string }>(
    `with expired as (delete from playtrace.downloads where expires_at <= now())
     insert into playtrace.downloads (token_hash, game_id, format, filter, expires_at)
     values ($1, $2, $3, $4, now() + interval '${VALID_SECONDS} seconds')
     returning ${utcTime('expires_at')} as expires_at`,
    [tokenHash, game_id, format, JSON.stringify(filter)],
  )
  if (!rows[0]) throw new Error('An insert returned no row.')
  return rows[0].expires_at
}

/** Deletes the download and returns it, so that only one of several requests gets it. */
export async function takeDownload(
  database: Database,
  tokenHash: Buffer,
): Promise<(Download & { game: string }) | undefined> {
  const { rows } = await database.query<Download & { game: string }>(
    `delete from playtrace.downloads using playtrace.games
     where token_hash = $1 and expires_at > now() and games.game_id = downloads.game_id
     returning games.game_id, game, format, filter`,
    [tokenHash],
  )
  return rows[0]
}
