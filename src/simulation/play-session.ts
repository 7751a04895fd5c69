// Simulates one session of one player: attempts at levels, coins earned and spent, purchases and errors.
import { v7 as uuidV7 } from 'uuid'
import { GAME_MODEL, levelModel } from './game-model.ts'
import type { Player } from './player.ts'

/** Something that happened in the game: an event without an id. */
export interface Moment {
  atMs: number
  name: string
  player: Player
  session_id: string
  properties: Record<string, unknown>
}

/** No level begins later than this in a session, so that a session ends well before midnight (see visits.ts). */
const SESSION_MAX_MS = 40 * 60_000

interface Session {
  player: Player
  session_id: string
  /** The clock of the session, which advances as the player plays. */
  atMs: number
}

type LevelEnd = 'won' | 'lost' | 'crashed'

/** Yields moments in time order, from `session_start` to `session_end` or a crash. Changes the player's level and coins. */
export function* playSession(player: Player, startMs: number): Generator<Moment, undefined> {
  const { random } = player
  const session_id = uuidV7({ random: random.bytes16(), msecs: Math.floor(startMs) })
  const session: Session = { player, session_id, atMs: startMs }
  const lastLevelMs = startMs + Math.min(SESSION_MAX_MS, random.around(GAME_MODEL.sessionMedianMs))
  yield moment(session, 'session_start', {})
  while (session.atMs < lastLevelMs) {
    pass(session, random.around(4_000))
    const end = yield* playLevel(session)
    if (end === 'crashed') return
    if (player.isPayer && random.chance(GAME_MODEL.purchaseChance)) yield* purchase(session)
    if (end === 'lost' && random.chance(GAME_MODEL.giveUpChance)) break
  }
  pass(session, random.around(3_000))
  yield moment(session, 'session_end', {})
}

function* playLevel(session: Session): Generator<Moment, LevelEnd> {
  const { player } = session
  const { random, level, attempt } = player
  const { failChance, medianDurationMs } = levelModel(level)
  if (attempt > 1 && random.chance(GAME_MODEL.boosterChance)) yield* useBooster(session)
  yield moment(session, 'level_start', { level, attempt })
  const duration_ms = Math.round(random.around(medianDurationMs))
  const won = !random.chance(failChance)
  if (random.chance(player.errorChance)) {
    const crashed = yield* hitError(session, duration_ms)
    if (crashed) {
      player.attempt = attempt + 1
      return 'crashed'
    }
  } else pass(session, duration_ms)
  const score = Math.round((won ? 1000 : 400) * level * (0.6 + 0.4 * random.fraction()))
  yield moment(session, won ? 'level_complete' : 'level_fail', { level, attempt, score, duration_ms })
  player.attempt = won ? 1 : attempt + 1
  if (won) {
    player.level = Math.min(level + 1, GAME_MODEL.levels.length)
    yield earn(session, GAME_MODEL.coins.levelReward + level, 'level_reward')
  } else if (random.chance(GAME_MODEL.advertisementChance)) yield* watchAdvertisement(session)
  return won ? 'won' : 'lost'
}

/** The error happens during the attempt, which continues unless the game crashed. */
function* hitError(session: Session, duration_ms: number): Generator<Moment, boolean> {
  const { random } = session.player
  const beforeMs = Math.floor(duration_ms * random.fraction())
  pass(session, beforeMs)
  const { severity, message, crashes } = random.byShare(GAME_MODEL.errors)
  yield moment(session, 'error', { severity, message })
  pass(session, duration_ms - beforeMs)
  return crashes
}

function* useBooster(session: Session): Generator<Moment> {
  const { player } = session
  const { item, coins } = player.random.byShare(GAME_MODEL.boosters)
  if (player.coins < coins) return
  player.coins -= coins
  yield moment(session, 'resource_sink', { resource: 'coins', amount: coins, item })
  pass(session, 500)
}

function* watchAdvertisement(session: Session): Generator<Moment> {
  pass(session, session.player.random.around(2_000))
  yield moment(session, 'ad_impression', {})
  pass(session, 30_000)
  yield earn(session, GAME_MODEL.coins.advertisementReward, 'rewarded_ad')
}

function* purchase(session: Session): Generator<Moment> {
  const { player } = session
  const { product_id, amount_minor, coins } = player.random.byShare(GAME_MODEL.products)
  pass(session, player.random.around(12_000))
  const transaction_id = uuidV7({ random: player.random.bytes16(), msecs: Math.floor(session.atMs) })
  yield moment(session, 'purchase', { product_id, currency: player.currency, amount_minor, transaction_id })
  yield earn(session, coins, product_id)
}

function earn(session: Session, amount: number, item: string): Moment {
  pass(session, 200)
  session.player.coins += amount
  return moment(session, 'resource_source', { resource: 'coins', amount, item })
}

function pass(session: Session, durationMs: number): void {
  session.atMs += Math.round(durationMs)
}

function moment({ player, session_id, atMs }: Session, name: string, properties: Record<string, unknown>): Moment {
  return { atMs, name, player, session_id, properties }
}
