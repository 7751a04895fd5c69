// Download links: the export that a link's token gives. Only the hash of the token is stored.
import { utcTime } from '../postgres/cursor.ts'
import type { Database } from '../postgres/database.ts'
import type { ExportFormat } from './export-events.ts'
import type { EventFilter } from './read-events.ts'

export interface Download {
  /** The key that made the link. */
  key_hash: Buffer
  game_id: number
  format: ExportFormat
  filter: EventFilter
}

export interface FoundDownload extends Download {
  game: string
}

const VALID_SECONDS = 60

/**
 * Stores a download until it is taken or expires. Deletes expired downloads.
 * @returns when it expires, as RFC 3339
 */
export async function addDownload(
  database: Database,
  tokenHash: Buffer,
  { key_hash, game_id, format, filter }: Download,
): Promise<string> {
  const { rows } = await database.query<{ expires_at: string }>(
    `with expired as (delete from playtrace.downloads where expires_at <= now())
     insert into playtrace.downloads (token_hash, key_hash, game_id, format, filter, expires_at)
     values ($1, $2, $3, $4, $5, now() + interval '${VALID_SECONDS} seconds')
     returning ${utcTime('expires_at')} as expires_at`,
    [tokenHash, key_hash, game_id, format, JSON.stringify(filter)],
  )
  if (!rows[0]) throw new Error('An insert returned no row.')
  return rows[0].expires_at
}

/** @returns undefined if the download was taken or has expired, or if the key that made the link was revoked */
export async function readDownload(database: Database, tokenHash: Buffer): Promise<FoundDownload | undefined> {
  const { rows } = await database.query<FoundDownload>(
    `select key_hash, downloads.game_id, game, format, filter
     from playtrace.downloads join playtrace.keys using (key_hash) join playtrace.games on games.game_id = downloads.game_id
     where token_hash = $1 and expires_at > now() and revoked_at is null`,
    [tokenHash],
  )
  return rows[0]
}

/** Deletes the download. Returns true for only one of several requests. */
export async function takeDownload(database: Database, tokenHash: Buffer): Promise<boolean> {
  const { rowCount } = await database.query('delete from playtrace.downloads where token_hash = $1', [tokenHash])
  return rowCount === 1
}
