// The events that the bench sends: those of the simulated game, from a seed, with more properties as a real game has.
import { v7 as uuidV7 } from 'uuid'
import { playGame } from '../../src/simulation/play-game.ts'
import { type Random, randomStream } from '../../src/simulation/random.ts'
import { type SimulatedEvent, simulatedEvents } from '../../src/simulation/simulated-events.ts'
import { calendarVisits, DAY_MS, endlessVisits } from '../../src/simulation/visits.ts'

/** A compressor's window holds fewer events than this, so repeating them gives it no advantage. */
const TEMPLATES = 20_000
const PLAYERS = 400
const PLAY_START_MS = Date.UTC(2026, 0, 1)
/** An event waits at most this long in the game's own queue before it is sent. */
const AGE_MS_MAX = 60_000
const AGES_STREAM = 3

const PLACE_CHANCE = 0.4
const FRAMES_CHANCE = 0.2
/** One event in a hundred carries some kilobytes. */
const INVENTORY_CHANCE = 0.01
const ITEMS_MAX = 60
const DEVICES = ['Pixel 8', 'Galaxy S23', 'iPhone 15', 'iPad Air', 'Steam Deck', 'Moto G54', 'Windows PC']

/** The history covers this many whole days before today. */
export const HISTORY_DAYS = 30
/** Measured: what a player of the simulated game sends in such a history, on average. */
const EVENTS_PER_PLAYER = 83

/** Endless: each text is the JSON of an event that happened in the last minute, with a new id. */
export function* freshEvents(seed: number): Generator<string, undefined> {
  const visits = endlessVisits(seed, PLAY_START_MS, PLAYERS)
  const events = simulatedEvents(playGame(seed, visits), seed)
  const random = randomStream(seed, AGES_STREAM)
  const templates = Array.from({ length: TEMPLATES }, () => {
    const { event_id: _, occurred_at, ...rest } = furnish(events.next().value as SimulatedEvent, random)
    return { rest: JSON.stringify(rest).slice(1), ageMs: random.whole(0, AGE_MS_MAX) }
  })
  for (;;) {
    for (const { rest, ageMs } of templates) {
      const msecs = Date.now() - ageMs
      const time = new Date(msecs).toISOString()
      yield `{"event_id":"${uuidV7({ msecs })}","occurred_at":"${time}",${rest}`
    }
  }
}

/**
 * The JSON of about `events` events in the order of their times: players come and come back, as in a real game.
 * @param todayMs any time of the day after the history's last day
 */
export function* historyEvents(seed: number, todayMs: number, events: number): Generator<string, undefined> {
  const visits = calendarVisits({
    seed,
    startMs: todayMs - HISTORY_DAYS * DAY_MS,
    days: HISTORY_DAYS,
    newPlayersPerDay: events / EVENTS_PER_PLAYER / HISTORY_DAYS,
  })
  const random = randomStream(seed, AGES_STREAM)
  for (const event of simulatedEvents(playGame(seed, visits), seed)) {
    yield JSON.stringify(furnish(event, random))
  }
}

/** Adds the device, the player's position and, in a few events, an inventory. */
function furnish(event: SimulatedEvent, random: Random): SimulatedEvent {
  const properties: Record<string, unknown> = { ...event.properties }
  properties['device'] = DEVICES[random.whole(0, DEVICES.length - 1)]
  if (random.chance(PLACE_CHANCE)) {
    properties['place'] = { x: coordinate(random), y: coordinate(random), z: coordinate(random) }
  }
  if (random.chance(FRAMES_CHANCE)) {
    properties['fps'] = { mean: random.whole(24, 120), worst: random.whole(5, 24) }
  }
  if (random.chance(INVENTORY_CHANCE)) {
    properties['inventory'] = Array.from({ length: random.whole(ITEMS_MAX / 2, ITEMS_MAX) }, () => ({
      item: random.whole(100_000, 999_999),
      count: random.whole(1, 99),
      wear: coordinate(random),
    }))
  }
  return { ...event, properties }
}

function coordinate(random: Random): number {
  return Math.round(random.fraction() * 2_000_000) / 1000
}
