// Download links: the export that a link's token gives. Only the hash of the token is stored.
import { KEY_COLUMNS, type Key } from '../games/games.ts'
import { utcTime } from '../postgres/cursor.ts'
import type { Database } from '../postgres/database.ts'
import type { ExportFormat } from './export-events.ts'
import type { EventFilter } from './read-events.ts'

export interface Download {
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
  { key_hash, game_id }: Pick<Key, 'key_hash' | 'game_id'>,
  { format, filter }: Download,
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
export async function readDownload(
  database: Database,
  tokenHash: Buffer,
): Promise<(Download & { key: Key }) | undefined> {
  const { rows } = await database.query<Download & Key>(
    `select ${KEY_COLUMNS}, format, filter
     from playtrace.downloads join playtrace.keys using (key_hash)
       join playtrace.games on games.game_id = downloads.game_id
     where token_hash = $1 and expires_at > now() and revoked_at is null`,
    [tokenHash],
  )
  if (!rows[0]) return undefined
  const { format, filter, ...key } = rows[0]
  return { format, filter, key }
}

/** Deletes the download. Returns true for only one of several requests. */
export async function takeDownload(database: Database, tokenHash: Buffer): Promise<boolean> {
  const { rowCount } = await database.query('delete from playtrace.downloads where token_hash = $1', [tokenHash])
  return rowCount === 1
}
