// `playtrace simulate`: sends the events of a simulated game to a running server at a given rate. A seed makes it repeatable.
import { setTimeout as wait } from 'node:timers/promises'
import type { Delivery } from '../client/deliver-events.ts'
import { envelopeBody } from '../client/encode-body.ts'
import type { Entry } from '../client/post-events.ts'
import type { RetryLimits } from '../client/retry-delay.ts'
import { runDelivery } from '../client/run-delivery.ts'
import { type Interrupt, stopOnSignal, type Terminal } from '../client/terminal.ts'
import { playGame } from '../simulation/play-game.ts'
import { atRate, type SimulatedEvent, simulatedEvents } from '../simulation/simulated-events.ts'
import { endlessVisits } from '../simulation/visits.ts'

export interface SimulateOptions {
  ratePerSecond: number
  /** Number of concurrent players. */
  players: number
  seed: number
  /** If undefined, it runs until Ctrl-C. */
  durationMs: number | undefined
  url: string
  /** A write key. */
  key: string
  limits?: RetryLimits
}

const TICK_MS = 250
const REQUEST_EVENTS = 500

/** An endless sequence. The same seed, players, rate and start give the same events, with the same ids. */
export function simulatedPlay(
  { seed, players, ratePerSecond }: Pick<SimulateOptions, 'seed' | 'players' | 'ratePerSecond'>,
  startMs: number,
): Generator<SimulatedEvent, undefined> {
  const visits = endlessVisits(seed, startMs, players)
  const moments = playGame(seed, visits)
  return simulatedEvents(atRate(moments, startMs, ratePerSecond), seed)
}

/** @returns the exit code: 1 if an event was not accepted */
export async function simulate(
  options: SimulateOptions,
  terminal: Terminal = process,
  interrupt: Interrupt = stopOnSignal(terminal),
): Promise<number> {
  const { ratePerSecond, durationMs, url, key, limits } = options
  const eventsMax = durationMs === undefined ? Infinity : Math.round((ratePerSecond * durationMs) / 1000)
  const startMs = Date.now()
  const events = simulatedPlay(options, startMs)
  const dueBy = (nowMs: number) => Math.min(eventsMax, Math.floor(((nowMs - startMs) * ratePerSecond) / 1000) + 1)

  const feed = async (delivery: Delivery, stop: AbortSignal) => {
    let taken = 0
    while (taken < eventsMax && !stop.aborted && !delivery.hasFailed()) {
      // `deliver` waits for a server that is away. Events that fell due while it waited are sent later, with their own times.
      const entries = nextEntries(events, taken, Math.min(dueBy(Date.now()) - taken, REQUEST_EVENTS))
      taken += entries.length
      if (entries.length > 0) await delivery.deliver(entries)
      if (taken < dueBy(Date.now()) || taken >= eventsMax) continue
      await wait(TICK_MS, undefined, { signal: stop }).catch(() => {})
    }
  }
  try {
    const run = { url, key, encode: envelopeBody, limits, feed, numbered: () => 'event' as const }
    const { tally, problems } = await runDelivery(run, terminal, interrupt)
    if (problems.size > 0 || tally.rejected > 0) return 1
    // Without a duration, Ctrl-C is the normal end and not an interruption.
    return durationMs === undefined ? 0 : (interrupt.exitCode() ?? 0)
  } finally {
    interrupt.release()
  }
}

function nextEntries(events: Iterator<SimulatedEvent>, taken: number, count: number): Entry[] {
  const entries: Entry[] = []
  while (entries.length < count) {
    const { value, done } = events.next()
    if (done) break
    entries.push({ number: taken + entries.length + 1, json: Buffer.from(JSON.stringify(value)) })
  }
  return entries
}
