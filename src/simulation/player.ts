// One simulated player: fixed attributes and progress.
import { GAME_MODEL } from './game-model.ts'
import { randomStream } from './random.ts'

export type Player = ReturnType<typeof newPlayer>

/** Streams with lower numbers are not for players. */
const FIRST_PLAYER_STREAM = 16

export function newPlayer(seed: number, number: number) {
  const random = randomStream(seed, FIRST_PLAYER_STREAM + number)
  const { platform } = random.byShare(GAME_MODEL.platforms)
  const { app_version, errorChance } = random.byShare(GAME_MODEL.releases)
  const { currency } = random.byShare(GAME_MODEL.currencies)
  return {
    number,
    player_id: `player-${seed}-${number}`,
    platform,
    app_version,
    errorChance,
    currency,
    isPayer: random.chance(GAME_MODEL.payerShare),
    /** The source of all random decisions about this player. */
    random,
    level: 1,
    attempt: 1,
    coins: GAME_MODEL.coins.atFirst,
  }
}
