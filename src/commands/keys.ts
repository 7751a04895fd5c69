// `playtrace keys`: lists, adds and revokes the keys of all games. A key is shown once, when it is created.
import type { Config } from '../config.ts'
import { type KeyKind, newKey } from '../contract/key.ts'
import { addKey, ensureGame, listKeys, revokeKey } from '../storage/games/games.ts'
import { type Database, openDatabase } from '../storage/postgres/database.ts'
import { databaseUrlOf } from './connections.ts'

export async function keysList(config: Config): Promise<void> {
  await withDatabase(config, async (database) => {
    const keys = await listKeys(database)
    console.table(
      keys.map(({ game, kind, label, fingerprint, created_at, revoked_at }) => ({
        game,
        kind,
        label,
        fingerprint,
        created: created_at.toISOString(),
        revoked: revoked_at?.toISOString() ?? '',
      })),
    )
  })
}

/** Creates the game if it does not exist. The game's other keys stay valid. */
export async function keysAdd(
  config: Config,
  { game, kind, label }: { game: string; kind: KeyKind; label: string },
): Promise<void> {
  await withDatabase(config, async (database) => {
    const key = newKey(kind)
    await addKey(database, { gameId: await ensureGame(database, game), kind, key, label })
    console.log(key)
  })
}

/** @returns the exit code: 1 if no valid key has this fingerprint */
export function keysRevoke(config: Config, fingerprint: string): Promise<number> {
  return withDatabase(config, async (database) => {
    const revoked = await revokeKey(database, fingerprint)
    console.log(revoked > 0 ? `keys revoked: ${revoked}` : `No valid key has the fingerprint ${fingerprint}.`)
    return revoked > 0 ? 0 : 1
  })
}

async function withDatabase<T>(config: Config, work: (database: Database) => Promise<T>): Promise<T> {
  const database = openDatabase(await databaseUrlOf(config), {
    name: 'keys',
    connectionsMax: 1,
    reportError: (error) => console.error(error.message),
  })
  try {
    return await work(database)
  } finally {
    await database.end()
  }
}
