// Whole requests, made before the clock runs.
import { constants, gzipSync } from 'node:zlib'
import { requestBytes } from './connection.ts'
import type { EventSource } from './event-source.ts'
import type { LoadPlan } from './plan.ts'

/** As a client would: the fastest level, text shrinks well all the same. */
const GZIP = { level: constants.Z_BEST_SPEED }

export function requestsOf(source: EventSource, plan: LoadPlan): Buffer[] {
  const { events, requestEvents, gzip } = plan
  const url = new URL(plan.url)
  const headers = {
    'content-type': 'application/json',
    ...(gzip && { 'content-encoding': 'gzip' }),
    ...plan.headers,
  }
  const requests: Buffer[] = []
  const nowMs = Date.now()
  for (let made = 0; made < events; made += requestEvents) {
    const count = Math.min(requestEvents, events - made)
    const texts = Array.from({ length: count }, () => source.next(nowMs))
    const text =
      requestEvents === 1
        ? (texts[0] as string)
        : `{"sent_at":"${new Date(nowMs).toISOString()}","events":[${texts.join(',')}]}`
    requests.push(requestBytes(url, headers, gzip ? gzipSync(text, GZIP) : Buffer.from(text)))
  }
  return requests
}
