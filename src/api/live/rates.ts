// The rates that every reader of the live tail gets each second: events of its game a second, and the queue's length.
import { setTimeout as delay } from 'node:timers/promises'
import type { LiveRates, QueueFigures } from '../../contract/live.ts'
import { type LiveReader, serverSent } from './reader.ts'

const WINDOW_MS = 5_000

interface Count {
  atMs: number
  gameId: number
  stored: number
  rejected: number
}

export interface Rates {
  add(count: Count): void
  perSecond(gameId: number, nowMs: number): { stored_per_second: number; rejected_per_second: number }
}

export function countRates(): Rates {
  let counts: Count[] = []
  return {
    add(count) {
      counts = counts.filter(({ atMs }) => count.atMs - atMs < WINDOW_MS)
      if (count.stored + count.rejected > 0) counts.push(count)
    },
    perSecond(gameId, nowMs) {
      const recent = counts.filter((count) => count.gameId === gameId && nowMs - count.atMs < WINDOW_MS)
      const rate = (field: 'stored' | 'rejected') =>
        (recent.reduce((sum, count) => sum + count[field], 0) * 1000) / WINDOW_MS
      return { stored_per_second: rate('stored'), rejected_per_second: rate('rejected') }
    },
  }
}

const QUEUE_ANSWER_MS_MAX = 900

/** Ends the streams whose key was revoked. */
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
    // In trouble the rates are unknown, and a comment shows that the connection is alive.
    reader.send(
      inTrouble ? ': the database does not answer\n\n' : serverSent('rates', JSON.stringify(figures)),
    )
  }
}
