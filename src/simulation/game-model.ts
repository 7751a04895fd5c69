// The parameters of the simulated game. An analysis of its events must find these values.

const LEVELS = 40
/** Hard levels by their number. */
const HARD_LEVELS: Record<number, number> = { 8: 0.6, 15: 0.68, 23: 0.74, 31: 0.72, 38: 0.8 }

export const GAME_MODEL = {
  platforms: [
    { share: 45, platform: 'android' },
    { share: 35, platform: 'ios' },
    { share: 15, platform: 'windows' },
    { share: 5, platform: 'web' },
  ],
  releases: [
    { share: 15, app_version: '1.3.2', errorChance: 0.01 },
    { share: 60, app_version: '1.4.0', errorChance: 0.008 },
    { share: 25, app_version: '1.5.0', errorChance: 0.04 },
  ],
  currencies: [
    { share: 45, currency: 'USD' },
    { share: 35, currency: 'EUR' },
    { share: 12, currency: 'GBP' },
    // The yen has no minor unit, so the same amount_minor is another price: 99 yen or 99 cents.
    { share: 8, currency: 'JPY' },
  ],
  /** New players of each weekday relative to the average, Sunday first, and the random deviation in both directions. */
  arrivals: { weekdays: [1.3, 0.8, 0.85, 0.85, 0.9, 1, 1.3], spread: 0.2 },
  /** The chance that a player plays on the n-th UTC day after the first is `day1 · n^exponent`. */
  retention: { day1: 0.42, exponent: -0.45 },
  /** The chance of another session on the same day. */
  secondSessionChance: 0.35,
  sessionMedianMs: 5 * 60_000,
  /** The chance that an attempt fails is the same for all players. */
  levels: Array.from({ length: LEVELS }, (_, index) => ({
    failChance: HARD_LEVELS[index + 1] ?? Math.round((0.08 + index * 0.01) * 1000) / 1000,
    medianDurationMs: 40_000 + index * 1_500,
  })),
  /** The chance that a session ends after a failed attempt. */
  giveUpChance: 0.12,
  /** The chance that a player watches an advertisement for coins after a failed attempt. */
  advertisementChance: 0.35,
  /** The share of players who pay, and the chance that such a player buys something after a level. */
  payerShare: 0.06,
  purchaseChance: 0.05,
  products: [
    { share: 60, product_id: 'coins_small', amount_minor: 99, coins: 300 },
    { share: 30, product_id: 'coins_medium', amount_minor: 499, coins: 1_800 },
    { share: 10, product_id: 'coins_large', amount_minor: 1_999, coins: 8_000 },
  ],
  coins: { atFirst: 100, levelReward: 15, advertisementReward: 40 },
  boosters: [
    { share: 70, item: 'extra_time', coins: 80 },
    { share: 30, item: 'bomb', coins: 150 },
  ],
  boosterChance: 0.7,
  /** The errors that can happen in a level. One with `crashes` ends the session. */
  errors: [
    { share: 80, severity: 'warning', message: 'texture was not in the cache', crashes: false },
    { share: 17, severity: 'error', message: 'leaderboard did not answer in 5 s', crashes: false },
    { share: 3, severity: 'critical', message: 'TypeError: level.board is undefined', crashes: true },
  ],
}

/** The chance that a player whose first day is day 0 plays on day `day`. */
export function retentionOn(day: number): number {
  const { retention } = GAME_MODEL
  return day === 0 ? 1 : Math.min(1, retention.day1 * day ** retention.exponent)
}

/** Returns the level with that number, counted from 1. Players who have completed the last level repeat it. */
export function levelModel(level: number): (typeof GAME_MODEL.levels)[number] {
  const model = GAME_MODEL.levels[Math.min(level, LEVELS) - 1]
  if (model === undefined) throw new Error(`There is no level ${level}.`)
  return model
}
