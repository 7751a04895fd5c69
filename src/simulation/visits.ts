// Decides when players arrive and return: by calendar days with a known retention, or as an endless stream.
import { GAME_MODEL, retentionOn } from './game-model.ts'
import type { Player } from './player.ts'
import { randomStream } from './random.ts'

export interface Visits {
  /** The arrival times of new players, in time order. */
  arrivalsMs: Iterable<number>
  /** Decides after a session whether the same player returns, a new player takes their place, or nobody comes. */
  after(player: Player, leftMs: number): { atMs: number; who: 'same' | 'new' } | undefined
}

const ARRIVALS_STREAM = 1
const MINUTE_MS = 60_000
export const DAY_MS = 24 * 60 * MINUTE_MS
/** Sessions begin between 0:00 and 22:15 and have ended by midnight, so that no session spans two days. */
const LAST_START_MS = (22 * 60 + 15) * MINUTE_MS
/** Longer than the 30 idle minutes that end a session in the reports, so that both count the same sessions. */
const BREAK_MIN_MS = 40 * MINUTE_MS

export interface CalendarOptions {
  seed: number
  /** Any time within the first UTC day. */
  startMs: number
  days: number
  /** The average number of new players per day. */
  newPlayersPerDay: number
}

/** New players arrive by the model's weekdays, and return on day n after their first day with the model's chance. */
export function calendarVisits(options: CalendarOptions): Visits {
  const { startMs, days } = options
  const firstDayMs = startOfDay(startMs)
  const endMs = firstDayMs + days * DAY_MS
  const firstDays = new WeakMap<Player, number>()
  return {
    arrivalsMs: calendarArrivals(options),
    after(player, leftMs) {
      const { random } = player
      const todayMs = startOfDay(leftMs)
      const firstPlayedMs = firstDays.get(player) ?? todayMs
      firstDays.set(player, firstPlayedMs)
      const againMs = leftMs + BREAK_MIN_MS + Math.round(random.exponential(120 * MINUTE_MS))
      if (random.chance(GAME_MODEL.secondSessionChance) && againMs <= todayMs + LAST_START_MS) {
        return { atMs: againMs, who: 'same' }
      }
      for (let dayMs = todayMs + DAY_MS; dayMs < endMs; dayMs += DAY_MS) {
        const playsThen = random.chance(retentionOn((dayMs - firstPlayedMs) / DAY_MS))
        if (playsThen) return { atMs: dayMs + timeOfDay(random.fraction()), who: 'same' }
      }
      return undefined
    },
  }
}

/** Draws one day after the other, so that a longer calendar begins with the same arrivals. */
function* calendarArrivals(options: CalendarOptions): Generator<number> {
  const { seed, startMs, days, newPlayersPerDay } = options
  const random = randomStream(seed, ARRIVALS_STREAM)
  const { weekdays, spread } = GAME_MODEL.arrivals
  for (let day = 0; day < days; day++) {
    const dayMs = startOfDay(startMs) + day * DAY_MS
    const share = weekdays[new Date(dayMs).getUTCDay()] ?? 1
    const arrivals = Math.round(newPlayersPerDay * share * (1 - spread + 2 * spread * random.fraction()))
    const times = Array.from({ length: arrivals }, () => timeOfDay(random.fraction()))
    for (const time of times.sort((a, b) => a - b)) yield dayMs + time
  }
}

/** Times are more frequent towards the evening. */
function timeOfDay(fraction: number): number {
  return Math.round((LAST_START_MS * (fraction + Math.sqrt(fraction))) / 2)
}

/** Returns the start of the UTC day. */
export function startOfDay(atMs: number): number {
  return Math.floor(atMs / DAY_MS) * DAY_MS
}

const COMES_BACK_CHANCE = 0.6

/**
 * All players arrive within the first two minutes and then take breaks. A new player replaces each one who leaves for good.
 * @param players the number of concurrent players, including those on a short break
 */
export function endlessVisits(seed: number, startMs: number, players: number): Visits {
  const random = randomStream(seed, ARRIVALS_STREAM)
  const arrivalsMs = Array.from({ length: players }, () => startMs + random.whole(0, 2 * MINUTE_MS))
  return {
    arrivalsMs: arrivalsMs.sort((a, b) => a - b),
    after(player, leftMs) {
      const comesBack = player.random.chance(COMES_BACK_CHANCE)
      const awayMs = Math.round(player.random.exponential(comesBack ? 4 * MINUTE_MS : MINUTE_MS))
      return { atMs: leftMs + awayMs, who: comesBack ? 'same' : 'new' }
    },
  }
}
