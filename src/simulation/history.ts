// The history of a simulated game by calendar days. A longer one begins with the same events and ids as a shorter one.
import { playGame } from './play-game.ts'
import type { Moment } from './play-session.ts'
import { type SimulatedEvent, simulatedEvents } from './simulated-events.ts'
import { calendarVisits, DAY_MS } from './visits.ts'

export interface HistoryOptions {
  seed: number
  /** The start of a UTC day. */
  firstDayMs: number
  newPlayersPerDay: number
}

/** Plays whole days, from the first one to the day of `untilMs`. */
export function historyMoments(options: HistoryOptions, untilMs: number): Generator<Moment, undefined> {
  const { seed, firstDayMs } = options
  const days = Math.ceil((untilMs - firstDayMs) / DAY_MS)
  const visits = calendarVisits({ ...options, startMs: firstDayMs, days })
  return playGame(seed, visits)
}

/** The events from `fromMs` (inclusive) to `untilMs` (exclusive), in the order of time. */
export function* historyEvents(
  options: HistoryOptions,
  fromMs: number,
  untilMs: number,
): Generator<SimulatedEvent, undefined> {
  for (const event of simulatedEvents(historyMoments(options, untilMs), options.seed)) {
    const atMs = Date.parse(event.occurred_at)
    if (atMs >= untilMs) return
    if (atMs >= fromMs) yield event
  }
}
