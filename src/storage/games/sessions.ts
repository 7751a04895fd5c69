// The sessions of the dashboard. Only the hash of a session's token is stored, so a reader of the database cannot use it.
import { SESSION_DAYS } from '../../contract/limits.ts'
import type { Database } from '../postgres/database.ts'
import { type Key, keysOf, selectKeys } from './games.ts'

/** Also deletes expired sessions. */
export async function addSession(database: Database, tokenHash: Buffer, keyHash: Buffer): Promise<void> {
  await database.query(
    `with expired as (delete from playtrace.dashboard_sessions where expires_at <= now())
     insert into playtrace.dashboard_sessions (token_hash, key_hash, expires_at)
     values ($1, $2, now() + interval '${SESSION_DAYS} days')`,
    [tokenHash, keyHash],
  )
}

/** @returns the key with which the session began, or undefined if the session has ended or the key was revoked */
export async function readSession(database: Database, tokenHash: Buffer): Promise<Key | undefined> {
  const { rows } = await database.query<Key>(
    selectKeys(`key_hash in (
      select key_hash from playtrace.dashboard_sessions where token_hash = $1 and expires_at > now())`),
    [tokenHash],
  )
  return keysOf(rows)[0]
}

export async function deleteSession(database: Database, tokenHash: Buffer): Promise<void> {
  await database.query('delete from playtrace.dashboard_sessions where token_hash = $1', [tokenHash])
}
