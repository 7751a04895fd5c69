// What everyone who listens is told every second: how many events come, how long the queue is, and that the stream is alive.
import { setTimeout as delay } from 'node:timers/promises'
import type { LiveRates, QueueFigures } from '../../contract/live.ts'
import type { Rates } from './rates.ts'
import { type LiveReader, serverSent } from './reader.ts'

const QUEUE_ANSWER_MS_MAX = 900

/** Whose key was revoked meanwhile hears no more. */
export type TellRates = (readers: Iterable<LiveReader>, inTrouble: boolean) => Promise<void>

export function ratesTeller(readQueue: () => Promise<QueueFigures>, rates: Rates): TellRates {
  let asking = false
  return async (readers, inTrouble) => {
    if (asking) return tellEach(readers, rates, inTrouble, null)
    asking = true
    const answer = readQueue().catch(() => null)
    void answer.then(() => {
      asking = false
    })
    const queue = await Promise.race([answer, delay(QUEUE_ANSWER_MS_MAX, null)])
    tellEach(readers, rates, inTrouble, queue)
  }
}

function tellEach(
  readers: Iterable<LiveReader>,
  rates: Rates,
  inTrouble: boolean,
  queue: QueueFigures | null,
): void {
  const nowMs = performance.now()
  for (const reader of readers) {
    if (!reader.isAllowed()) {
      reader.end()
      continue
    }
    const figures: LiveRates = { ...rates.perSecond(reader.filter.game_id, nowMs), queue }
    // In trouble nobody knows; a comment keeps the connection from looking dead.
    reader.send(
      inTrouble ? ': the database does not answer\n\n' : serverSent('rates', JSON.stringify(figures)),
    )
  }
}
