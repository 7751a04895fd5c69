// Converts moments into events of the wire contract, with ids and times.
import { v7 as uuidV7 } from 'uuid'
import type { Moment } from './play-session.ts'
import { randomStream } from './random.ts'

/** The fields of an event that the simulated game sends. */
export interface SimulatedEvent {
  event_id: string
  name: string
  player_id: string
  session_id: string
  occurred_at: string
  app_version: string
  platform: string
  properties: Record<string, unknown>
}

const EVENT_IDS_STREAM = 2

/** Yields events in the order of the moments. Ids depend only on the time of the moment and the seed. */
export function* simulatedEvents(moments: Iterable<Moment>, seed: number): Generator<SimulatedEvent, undefined> {
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
 * Changes the times of the moments so that exactly `ratePerSecond` happen each second from `startMs` on. Their order and
 * the durations in their properties do not change.
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
