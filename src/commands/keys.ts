// `playtrace keys`: lists, adds and revokes the keys of all games. A key is shown once, when it is created.
import { type Config, ConfigError } from '../config.ts'
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
    keys.map(({ created_at, revoked_at, game, ...key }) => ({
      game: game ?? '(all)',
      ...key,
      created: created_at.toISOString(),
      revoked: revoked_at?.toISOString() ?? '',
    })),
  )
}

/**
 * Creates the game if it does not exist. The game's other keys stay valid.
 * @throws ConfigError if the game is missing, or given for an installation key
 */
export async function keysAdd(
  config: Config,
  { game, kind, label }: { game?: string; kind: KeyKind; label: string },
): Promise<void> {
  if (kind === 'installation' && game !== undefined)
    throw new ConfigError('An installation key is for all games. Leave out --game.')
  if (kind !== 'installation' && game === undefined)
    throw new ConfigError(`A key of the kind ${kind} is for one game. Give --game.`)
  const key = newKey(kind)
  await withDatabase(await databaseUrlOf(config), CONNECTION, async (database) => {
    const gameId = game === undefined ? null : await ensureGame(database, game)
    await addKey(database, { gameId, kind, key, label })
  })
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
