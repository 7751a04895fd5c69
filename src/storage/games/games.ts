// Games and their keys. Only the hash of a key is stored, so a reader of the database cannot use the key.
import { hashKey, type KeyKind } from '../../contract/key.ts'
import type { Database } from '../postgres/database.ts'

/** What a request needs to know of a game. */
interface Game {
  game_id: number
  game: string
  /** Days since 1970. An event before this day does not have a time that is believed. */
  first_day: number
  /** An event that is older than this when it is received does not have a time that is believed. */
  late_days: number
}

/** A key that is valid now, and its game. */
export interface Key extends Game {
  key_hash: Buffer
  key_no: number
  kind: KeyKind
  /** All games, by name; only for an installation key. Its `game` is the first of them. */
  games?: Game[]
}

export interface ListedKey {
  /** Null: the key manages all games. */
  game: string | null
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
  /** The kind of key whose purchases count as revenue. */
  revenue_from: RevenueFrom
  created_at: Date
}

export const REVENUE_FROM = ['server', 'all'] as const
type RevenueFrom = (typeof REVENUE_FROM)[number]

/** An absent setting does not change. */
export interface GameSettings {
  firstDay?: string | undefined
  lateDays?: number | undefined
  revenueFrom?: RevenueFrom | undefined
}

export async function listGames(database: Database): Promise<ListedGame[]> {
  const { rows } = await database.query<ListedGame>(
    'select game, first_day::text, late_days, revenue_from, created_at from playtrace.games order by game',
  )
  return rows
}

/** @returns false if the game does not exist */
export async function setGame(
  database: Database,
  game: string,
  { firstDay, lateDays, revenueFrom }: GameSettings,
): Promise<boolean> {
  const { rowCount } = await database.query(
    `update playtrace.games set first_day = coalesce($2::date, first_day), late_days = coalesce($3, late_days),
       revenue_from = coalesce($4, revenue_from)
     where game = $1`,
    [game, firstDay, lateDays, revenueFrom],
  )
  return rowCount === 1
}

interface NewKey {
  /** Null for an installation key. */
  gameId: number | null
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
 * Stores a key that comes from a variable or a file. Replaces the key that had the same game, kind and label before.
 * A known key is updated, because each try to insert it would use up a number of `key_no`.
 * @returns false if a person has revoked the key, because the variable or file does not make it valid again
 */
export async function ensureKey(database: Database, { gameId, kind, key, label }: NewKey): Promise<boolean> {
  const { rows } = await database.query<{ in_force: boolean }>(
    `with replaced as (
       update playtrace.keys set revoked_at = now(), is_replaced = true
       where game_id = $2 and kind = $3 and label = $4 and key_hash <> $1 and revoked_at is null
     ),
     known as (
       update playtrace.keys set game_id = $2, kind = $3, label = $4, is_replaced = false,
         revoked_at = case when not is_replaced then revoked_at end
       where key_hash = $1
       returning revoked_at is null as in_force
     ),
     added as (
       insert into playtrace.keys (key_hash, game_id, kind, label)
       select $1, $2, $3, $4 where not exists (select from known)
       on conflict (key_hash) do update set game_id = $2, kind = $3, label = $4
       returning revoked_at is null as in_force
     )
     select in_force from known union all select in_force from added`,
    [hashKey(key), gameId, kind, label],
  )
  return rows[0]?.in_force ?? false
}

/**
 * SQL: a row for each game of a valid key, for {@link keysOf}.
 * @param condition chooses the keys
 */
export const selectKeys = (condition = 'true') => `
  select key_hash, key_no, kind, games.game_id, game, first_day - '1970-01-01'::date as first_day, late_days
  from playtrace.keys join playtrace.games on keys.game_id is null or games.game_id = keys.game_id
  where revoked_at is null and ${condition}
  order by key_no, game`

export function keysOf(rows: Key[]): Key[] {
  return [...Map.groupBy(rows, ({ key_no }) => key_no).values()].map((ofKey) => {
    const first = ofKey[0] as Key
    if (first.kind !== 'installation') return first
    const games = ofKey.map(({ game_id, game, first_day, late_days }) => ({ game_id, game, first_day, late_days }))
    return { ...first, games }
  })
}

export async function keysInForce(database: Database): Promise<Key[]> {
  return keysOf((await database.query<Key>(selectKeys())).rows)
}

export async function listKeys(database: Database): Promise<ListedKey[]> {
  const { rows } = await database.query<ListedKey>(
    `select game, kind, label, fingerprint, keys.created_at, revoked_at
     from playtrace.keys left join playtrace.games using (game_id)
     order by game nulls first, kind, keys.created_at`,
  )
  return rows
}

export interface FoundKey {
  key_no: number
  kind: KeyKind
  /** Null for an installation key. */
  game_id: number | null
  game: string | null
  revoked_at: Date | null
}

/** Returns the key with this complete fingerprint, valid or not. */
export async function findKey(database: Database, fingerprint: string): Promise<FoundKey | undefined> {
  const { rows } = await database.query<FoundKey>(
    `select key_no, kind, game_id, game, revoked_at from playtrace.keys left join playtrace.games using (game_id)
     where fingerprint = $1`,
    [fingerprint],
  )
  return rows[0]
}

/**
 * Revokes the keys with this complete fingerprint of {@link listKeys}, also a key that was replaced and could come back.
 * Returns how many there were.
 */
export async function revokeKey(database: Database, fingerprint: string): Promise<number> {
  const { rowCount } = await database.query(
    `update playtrace.keys set revoked_at = now(), is_replaced = false
     where fingerprint = $1 and (revoked_at is null or is_replaced)`,
    [fingerprint],
  )
  return rowCount ?? 0
}
