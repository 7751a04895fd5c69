// Whole request bodies, made before the clock runs.
import { constants, gzipSync } from 'node:zlib'
import type { EventSource } from './event-source.ts'
import type { LoadPlan } from './plan.ts'

/** As a client would: the fastest level, text shrinks well all the same. */
const GZIP = { level: constants.Z_BEST_SPEED }

export function requestBodies(
  source: EventSource,
  { events, requestEvents, gzip }: Pick<LoadPlan, 'events' | 'requestEvents' | 'gzip'>,
): Buffer[] {
  const bodies: Buffer[] = []
  const nowMs = Date.now()
  for (let made = 0; made < events; made += requestEvents) {
    const count = Math.min(requestEvents, events - made)
    const texts = Array.from({ length: count }, () => source.next(nowMs))
    const text =
      requestEvents === 1
        ? (texts[0] as string)
        : `{"sent_at":"${new Date(nowMs).toISOString()}","events":[${texts.join(',')}]}`
    bodies.push(gzip ? gzipSync(text, GZIP) : Buffer.from(text))
  }
  return bodies
}
