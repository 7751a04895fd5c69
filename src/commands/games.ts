// `playtrace games`: lists the games, and sets which old times and which purchases of a game count.
import { type Config, ConfigError } from '../config.ts'
import { addMissingPartitions } from '../storage/events/partitions.ts'
import { type GameSettings, listGames, setGame } from '../storage/games/games.ts'
import { databaseUrlOf, withDatabase } from './connections.ts'
import { printTable } from './print-table.ts'

const CONNECTION = { name: 'games' }

export async function gamesList(config: Config): Promise<void> {
  const games = await withDatabase(await databaseUrlOf(config), CONNECTION, listGames)
  if (games.length === 0) return console.log('There are no games.')
  printTable(games.map(({ created_at, ...game }) => ({ ...game, created: created_at.toISOString() })))
}

/** @throws ConfigError if the game does not exist, or no setting is given */
export async function gamesSet(config: Config, game: string, settings: GameSettings): Promise<void> {
  if (Object.keys(settings).length === 0)
    throw new ConfigError('Give at least one of --first-day, --late-days and --revenue-from.')
  const { isSet, waiting } = await withDatabase(await databaseUrlOf(config), CONNECTION, async (database) => ({
    isSet: await setGame(database, game, settings),
    waiting: await addMissingPartitions(database, new Date()),
  }))
  if (!isSet)
    throw new ConfigError(`There is no game ${game}. Run \`playtrace keys add --kind write --game ${game}\` first.`)
  console.log('The settings are stored. API processes use them within 5 seconds.')
  if (settings.revenueFrom !== undefined)
    console.log(
      'Purchases that are stored from now on count by the new setting. For earlier ones, run `playtrace rollups rebuild`.',
    )
  for (const { month } of waiting)
    console.log(
      `The partition of ${month} could not be attached, because a long read locks events_default. A worker tries again every minute.`,
    )
}
