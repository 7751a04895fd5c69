// Clients that behave like a good SDK: each keeps an event until it is acknowledged, and retries it with the same id and
// times after a growing delay. Each kind does something that other systems have handled wrongly.
import { setTimeout as wait } from 'node:timers/promises'
import { v4 as uuidV4, v7 as uuidV7 } from 'uuid'
import { createPost, type RequestBody, StoppedError } from '../../src/client/post-events.ts'
import type { RetryLimits } from '../../src/client/retry-delay.ts'
import { type Random, randomStream } from '../../src/simulation/random.ts'
import type { Ledger } from './ledger.ts'

const REQUEST_EVENTS_MAX = 20
const PAUSE_MS_MEAN = 250
const DAY_MS = 24 * 60 * 60 * 1000
const YEAR_MS = 365 * DAY_MS
const YEARS_OFF_MAX = 40

/** Short limits, so that clients often give up on an answer that is on its way. */
const RETRY_LIMITS: RetryLimits = {
  delayMinMs: 100,
  delayMaxMs: 1_500,
  withoutProgressMaxMs: 5 * 60_000,
  attemptMaxMs: 2_500,
  /** A good client would wait for the whole Retry-After. Here that would delay the next fault too long. */
  retryAfterMaxMs: 3_000,
}

interface Kind {
  kind: string
  /** Creates the id and the time of an event. `nowMs` is the client's clock. */
  event: (nowMs: number) => { event_id: string; occurred_at?: string }
  /** Whether a request is sent twice without a failure, and whether concurrently or one after the other. */
  sends: 'once' | 'twice at once' | 'twice in turn'
  /** The largest error of the client's clock, in years. */
  yearsOffMax: number
}

const dated = (nowMs: number) => ({ event_id: uuidV7(), occurred_at: new Date(nowMs).toISOString() })
/** Its only time is the time of receipt, which is different for a retry. */
const undated = () => ({ event_id: uuidV4() })
const beforeMidnight = (nowMs: number) => ({
  event_id: uuidV4(),
  occurred_at: new Date(nowMs - (nowMs % DAY_MS) + DAY_MS - 100).toISOString(),
})

const KINDS: Kind[] = [
  { kind: 'v7 id, no time', event: () => ({ event_id: uuidV7() }), sends: 'once', yearsOffMax: 0 },
  { kind: 'dated', event: dated, sends: 'once', yearsOffMax: 0 },
  { kind: 'clock wrong by years', event: dated, sends: 'once', yearsOffMax: YEARS_OFF_MAX },
  { kind: 'v4 id, no time', event: undated, sends: 'once', yearsOffMax: 0 },
  { kind: 'twice at once, dated', event: dated, sends: 'twice at once', yearsOffMax: 0 },
  { kind: 'twice at once, no time', event: undated, sends: 'twice at once', yearsOffMax: 0 },
  { kind: 'twice across midnight, dated', event: beforeMidnight, sends: 'twice in turn', yearsOffMax: 0 },
  { kind: 'twice across midnight, no time', event: undated, sends: 'twice in turn', yearsOffMax: 0 },
]

export interface Clients {
  /** Stops sending new events and resolves when all sent events are acknowledged. */
  finish(): Promise<void>
  /** Ends all clients immediately, because the run has failed. */
  giveUp(): void
}

/** Starts one client of each kind. */
export function startClients(
  { url, writeKey }: { url: string; writeKey: string },
  ledger: Ledger,
  seed: number,
): Clients {
  const stop = new AbortController()
  const giveUp = new AbortController()
  const playing = KINDS.map((kind, index) => {
    // Stream 0 chooses the faults.
    const random = randomStream(seed, index + 1)
    return playClient(kind, { url, writeKey, ledger, random, stop: stop.signal, giveUp: giveUp.signal })
  })
  return {
    async finish() {
      stop.abort()
      await Promise.all(playing)
    },
    giveUp() {
      stop.abort()
      giveUp.abort()
    },
  }
}

interface ClientContext {
  url: string
  writeKey: string
  ledger: Ledger
  random: Random
  /** Stops new events. The client ends when all its events are acknowledged. */
  stop: AbortSignal
  /** Ends the client immediately. */
  giveUp: AbortSignal
}

/** Sends until `stop` is aborted, and returns when all sent events are acknowledged. */
async function playClient(kind: Kind, context: ClientContext): Promise<void> {
  const { random, ledger, stop } = context
  while (!stop.aborted) {
    const offMs = Math.round(random.whole(-kind.yearsOffMax, kind.yearsOffMax) * YEAR_MS * random.fraction())
    const events = Array.from({ length: random.whole(1, REQUEST_EVENTS_MAX) }, (_, index) => ({
      ...kind.event(Date.now() + offMs),
      name: 'tick',
      player_id: `player-${random.whole(1, 50)}`,
      properties: { index, kind: kind.kind },
    }))
    const ids = events.map(({ event_id }) => event_id)
    ledger.send(kind.kind, ids)
    const send = () => sendOne(events, offMs, context)
    if (kind.sends === 'twice at once') await Promise.all([send(), send()])
    else await send()
    if (kind.sends === 'twice in turn') await send()
    await wait(Math.min(random.exponential(PAUSE_MS_MEAN), PAUSE_MS_MEAN * 4), undefined, {
      signal: stop,
    }).catch(() => {})
  }
}

/** Sends one request until it is answered. `stop` does not end it, because unacknowledged events must be retried. */
async function sendOne(
  events: { event_id: string }[],
  offMs: number,
  { url, writeKey, ledger, giveUp }: ClientContext,
): Promise<void> {
  const encode = async () => envelope(events, Date.now() + offMs)
  const onRetry = (cause: string) => {
    // An unavailable system answers 503. A 500 is a defect even if no event is lost.
    if (cause.startsWith('500')) ledger.problems.push(`The API answered ${cause}.`)
  }
  const post = createPost({ url, key: writeKey, encode, stop: giveUp, limits: RETRY_LIMITS, onRetry })
  try {
    const result = await post([])
    if (result.kind === 'refused') throw new Error(result.detail)
    const { answer, batchId } = result
    const rejected = new Set(answer.rejected.map(({ event_id }) => event_id))
    for (const { message } of answer.rejected) ledger.problems.push(`A valid event was rejected: ${message}`)
    ledger.acknowledge(
      events.map(({ event_id }) => event_id).filter((id) => !rejected.has(id)),
      batchId,
    )
  } catch (error) {
    if (error instanceof StoppedError) return
    ledger.problems.push((error as Error).message)
  }
}

function envelope(events: object[], sentAtMs: number): RequestBody {
  const bytes = Buffer.from(JSON.stringify({ events, sent_at: new Date(sentAtMs).toISOString() }))
  return { bytes, inflatedBytes: bytes.length, contentType: 'application/json' }
}
