// `playtrace keys`: lists, adds and revokes the keys of all games. A key is shown once, when it is created.
import type { Config } from '../config.ts'
import { type KeyKind, newKey } from '../contract/key.ts'
import { addKey, ensureGame, listKeys, revokeKey } from '../storage/games/games.ts'
import { databaseUrlOf, withDatabase } from './connections.ts'
import { NO_KEYS } from './migrate.ts'
import { printTable } from './print-table.ts'

const CONNECTION = { name: 'keys' }

export async function keysList(config: Config): Promise<void> {
  const keys = await withDatabase(await databaseUrlOf(config), CONNECTION, listKeys)
  if (keys.length === 0) return console.log(NO_KEYS)
  printTable(
    keys.map(({ created_at, revoked_at, ...key }) => ({
      ...key,
      created: created_at.toISOString(),
      revoked: revoked_at?.toISOString() ?? '',
    })),
  )
}

/** Creates the game if it does not exist. The game's other keys stay valid. */
export async function keysAdd(
  config: Config,
  { game, kind, label }: { game: string; kind: KeyKind; label: string },
): Promise<void> {
  const key = newKey(kind)
  await withDatabase(await databaseUrlOf(config), CONNECTION, async (database) =>
    addKey(database, { gameId: await ensureGame(database, game), kind, key, label }),
  )
  console.log(key)
}

/** @returns the exit code: 1 if no valid key has this fingerprint */
export async function keysRevoke(config: Config, fingerprint: string): Promise<number> {
  const revoked = await withDatabase(await databaseUrlOf(config), CONNECTION, (database) =>
    revokeKey(database, fingerprint),
  )
  console.log(revoked > 0 ? `keys revoked: ${revoked}` : `No valid key has the fingerprint ${fingerprint}.`)
  return revoked > 0 ? 0 : 1
}
