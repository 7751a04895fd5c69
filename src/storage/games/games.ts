// Games and their keys. Only the hash of a key is stored, so a reader of the database cannot use the key.
import { hashKey, type KeyKind } from '../../contract/key.ts'
import type { Database } from '../postgres/database.ts'

/** A key that is valid now. */
export interface Key {
  key_hash: Buffer
  kind: KeyKind
  game_id: number
  game: string
  /** Days since 1970. An event before this day does not have a time that is believed. */
  first_day: number
  /** An event that is older than this when it is received does not have a time that is believed. */
  late_days: number
}

export interface ListedKey {
  game: string
  kind: KeyKind
  label: string
  /** The first digits of the key's hash. They identify the key and do not reveal it. */
  fingerprint: string
  created_at: Date
  revoked_at: Date | null
}

/** Creates the game unless it exists, and returns its id. */
export async function ensureGame(database: Database, game: string): Promise<number> {
  await database.query('insert into playtrace.games (game) values ($1) on conflict do nothing', [game])
  const { rows } = await database.query<{ game_id: number }>('select game_id from playtrace.games where game = $1', [
    game,
  ])
  if (!rows[0]) throw new Error(`The game ${game} was deleted while it was created.`)
  return rows[0].game_id
}

export interface ListedGame {
  game: string
  /** YYYY-MM-DD */
  first_day: string
  late_days: number
  created_at: Date
}

export async function listGames(database: Database): Promise<ListedGame[]> {
  const { rows } = await database.query<ListedGame>(
    'select game, first_day::text, late_days, created_at from playtrace.games order by game',
  )
  return rows
}

/**
 * Sets which old times of a game are believed. An absent setting does not change.
 * @returns false if the game does not exist
 */
export async function setGame(
  database: Database,
  game: string,
  { firstDay, lateDays }: { firstDay?: string | undefined; lateDays?: number | undefined },
): Promise<boolean> {
  const { rowCount } = await database.query(
    `update playtrace.games set first_day = coalesce($2::date, first_day), late_days = coalesce($3, late_days)
     where game = $1`,
    [game, firstDay, lateDays],
  )
  return rowCount === 1
}

interface NewKey {
  gameId: number
  kind: KeyKind
  key: string
  label: string
}

/** The game's other keys stay valid. */
export async function addKey(database: Database, { gameId, kind, key, label }: NewKey): Promise<void> {
  await database.query('insert into playtrace.keys (key_hash, game_id, kind, label) values ($1, $2, $3, $4)', [
    hashKey(key),
    gameId,
    kind,
    label,
  ])
}

/**
 * Stores a key that comes from a variable or a file. Deletes the key that had the same game, kind and label before.
 * @returns false if a person has revoked the key, because the variable or file does not make it valid again
 */
export async function ensureKey(database: Database, { gameId, kind, key, label }: NewKey): Promise<boolean> {
  const { rows } = await database.query<{ in_force: boolean }>(
    `with replaced as (
       delete from playtrace.keys
       where game_id = $2 and kind = $3 and label = $4 and key_hash <> $1 and revoked_at is null
     )
     insert into playtrace.keys (key_hash, game_id, kind, label) values ($1, $2, $3, $4)
     on conflict (key_hash) do update set game_id = $2, kind = $3, label = $4
     returning revoked_at is null as in_force`,
    [hashKey(key), gameId, kind, label],
  )
  return rows[0]?.in_force ?? false
}

export const KEY_COLUMNS = `key_hash, kind, game_id, game, first_day - '1970-01-01'::date as first_day, late_days`

export async function keysInForce(database: Database): Promise<Key[]> {
  const { rows } = await database.query<Key>(
    `select ${KEY_COLUMNS} from playtrace.keys join playtrace.games using (game_id)
     where revoked_at is null`,
  )
  return rows
}

export async function listKeys(database: Database): Promise<ListedKey[]> {
  const { rows } = await database.query<ListedKey>(
    `select game, kind, label, left(encode(key_hash, 'hex'), 12) as fingerprint, keys.created_at, revoked_at
     from playtrace.keys join playtrace.games using (game_id)
     order by game, kind, keys.created_at`,
  )
  return rows
}

/** Revokes the valid keys with this complete fingerprint of {@link listKeys}. Returns how many there were. */
export async function revokeKey(database: Database, fingerprint: string): Promise<number> {
  const { rowCount } = await database.query(
    `update playtrace.keys set revoked_at = now()
     where left(encode(key_hash, 'hex'), 12) = $1 and revoked_at is null`,
    [fingerprint],
  )
  return rowCount ?? 0
}
