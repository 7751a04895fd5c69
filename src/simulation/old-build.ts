// A build of the simulated game with mistakes, as real games have them: one is rejected, the others are stored and not counted.
import type { SimulatedEvent } from './simulated-events.ts'

const OLD_VERSION = '1.2.0'
/** Of a thousand events of a kind, so many are from the old build. */
const OF_LEVELS = 4
const OF_PURCHASES = 100

/** Returns the event as the old build would have sent it, for a fixed part of the events; otherwise the event itself. */
export function fromOldBuild(event: SimulatedEvent): object {
  // The last bits of an id are random, and the same in each run.
  const share = Number.parseInt(event.event_id.slice(-6), 16) % 1000
  const old = { ...event, app_version: OLD_VERSION }
  if (event.name.startsWith('level_') && share < OF_LEVELS) {
    const { level: lvl, ...properties } = event.properties
    return { ...old, properties, lvl }
  }
  if (event.name === 'level_complete' && share < 2 * OF_LEVELS) {
    const { duration_ms } = event.properties
    return { ...old, properties: { ...event.properties, duration_ms: `${duration_ms} ms` } }
  }
  if (event.name === 'purchase' && share < OF_PURCHASES) {
    const { amount_minor, ...properties } = event.properties
    return { ...old, properties: { ...properties, price: Number(amount_minor) / 100 } }
  }
  return event
}
