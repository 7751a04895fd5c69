// The rates that every reader of the live tail gets each second: events of its game a second, and the queue's length.
import { setTimeout as delay } from 'node:timers/promises'
import type { LiveRates, QueueFigures } from '../../contract/live.ts'
import { type LiveReader, serverSent } from './reader.ts'

const WINDOW_MS = 5_000
/** A shorter time would make one event many events a second. */
const WINDOW_MS_MIN = 1_000
const QUEUE_ANSWER_MS_MAX = 900

export type Rates = ReturnType<typeof countRates>

export function countRates() {
  /** Since when each game is watched without a pause. */
  const watched = new Map<number, { sinceMs: number; lastMs: number }>()
  let counts: { atMs: number; gameId: number; stored: number; rejected: number }[] = []
  return {
    add(gameId: number, stored: number, rejected: number) {
      const nowMs = performance.now()
      const before = watched.get(gameId)
      const isNew = !before || nowMs - before.lastMs > WINDOW_MS
      watched.set(gameId, { sinceMs: isNew ? nowMs : before.sinceMs, lastMs: nowMs })
      counts = counts.filter(({ atMs }) => nowMs - atMs < WINDOW_MS)
      if (stored + rejected > 0) counts.push({ atMs: nowMs, gameId, stored, rejected })
    },
    perSecond(wanted: number): Omit<LiveRates, 'queue'> {
      const nowMs = performance.now()
      const recent = counts.filter(({ gameId, atMs }) => gameId === wanted && nowMs - atMs < WINDOW_MS)
      const watchedMs = nowMs - (watched.get(wanted)?.sinceMs ?? nowMs)
      const windowMs = Math.max(WINDOW_MS_MIN, Math.min(watchedMs, WINDOW_MS))
      const rate = (field: 'stored' | 'rejected') =>
        (recent.reduce((sum, count) => sum + count[field], 0) * 1000) / windowMs
      return { stored_per_second: rate('stored'), rejected_per_second: rate('rejected') }
    },
  }
}

/** Returns a function that sends the rates to each reader, and ends the streams whose key was revoked. */
export function ratesSender(readQueue: () => Promise<QueueFigures>, rates: Rates) {
  let reading = false
  return async (readers: Iterable<LiveReader>, inTrouble: boolean): Promise<void> => {
    let queue: QueueFigures | null = null
    if (!reading) {
      reading = true
      const answer = readQueue().catch(() => null)
      void answer.then(() => {
        reading = false
      })
      queue = await Promise.race([answer, delay(QUEUE_ANSWER_MS_MAX, null)])
    }
    for (const reader of readers) {
      const figures: LiveRates = { ...rates.perSecond(reader.filter.game_id), queue }
      if (!reader.isAllowed()) reader.end()
      // In trouble the rates are unknown, and a comment shows that the connection is alive.
      else if (inTrouble) reader.send(': the database does not answer\n\n')
      else reader.send(serverSent('rates', JSON.stringify(figures)))
    }
  }
}
