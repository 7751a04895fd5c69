// From moments to events as they are sent: each gets its id and its time in the contract's spelling.
import { v7 as uuidV7 } from 'uuid'
import type { Event } from '../contract/event.ts'
import type { Moment } from './play-session.ts'
import { randomStream } from './random.ts'

/** Every field but those a game may leave out: a simulated game sends them all. */
export type SimulatedEvent = Required<Event>

const EVENT_IDS_STREAM = 2

/** Lazy, in the order of the moments. An id is made of the moment's time and the seed's draws: repeated, it is the same. */
export function* simulatedEvents(
  moments: Iterable<Moment>,
  seed: number,
): Generator<SimulatedEvent, undefined> {
  const random = randomStream(seed, EVENT_IDS_STREAM)
  for (const { atMs, name, player, session_id, properties } of moments) {
    const msecs = Math.floor(atMs)
    yield {
      event_id: uuidV7({ random: random.bytes16(), msecs }),
      name,
      player_id: player.player_id,
      session_id,
      occurred_at: new Date(msecs).toISOString(),
      app_version: player.app_version,
      platform: player.platform,
      properties,
    }
  }
}

/**
 * The same moments in the same order, but exactly `ratePerSecond` of them each second from `startMs` on: play runs as
 * much faster or slower than the wall clock as that takes. Durations inside properties stay as they were played.
 */
export function* atRate(
  moments: Iterable<Moment>,
  startMs: number,
  ratePerSecond: number,
): Generator<Moment, undefined> {
  let index = 0
  for (const moment of moments) {
    yield { ...moment, atMs: startMs + (index * 1000) / ratePerSecond }
    index += 1
  }
}
