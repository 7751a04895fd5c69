// A simulated event with what a real game adds to each: the device, the place in the level, and now and then a lot.
import type { Random } from '../../src/simulation/random.ts'
import type { SimulatedEvent } from '../../src/simulation/simulated-events.ts'

const PLACE_CHANCE = 0.4
const FRAMES_CHANCE = 0.2
/** A few KB: what a player carries, sent with an event. */
const INVENTORY_CHANCE = 0.01
const ITEMS_MAX = 60
const DEVICES = ['Pixel 8', 'Galaxy S23', 'iPhone 15', 'iPad Air', 'Steam Deck', 'Moto G54', 'Windows PC']

export function furnish(event: SimulatedEvent, random: Random): SimulatedEvent {
  const properties: Record<string, unknown> = { ...event.properties }
  properties['device'] = DEVICES[random.whole(0, DEVICES.length - 1)]
  if (random.chance(PLACE_CHANCE)) {
    properties['place'] = { x: coordinate(random), y: coordinate(random), z: coordinate(random) }
  }
  if (random.chance(FRAMES_CHANCE))
    properties['fps'] = { mean: random.whole(24, 120), worst: random.whole(5, 24) }
  if (random.chance(INVENTORY_CHANCE)) properties['inventory'] = inventory(random)
  return { ...event, properties }
}

function coordinate(random: Random): number {
  return Math.round(random.fraction() * 2_000_000) / 1000
}

function inventory(random: Random): unknown[] {
  return Array.from({ length: random.whole(ITEMS_MAX / 2, ITEMS_MAX) }, () => ({
    item: random.whole(100_000, 999_999),
    count: random.whole(1, 99),
    wear: coordinate(random),
  }))
}
