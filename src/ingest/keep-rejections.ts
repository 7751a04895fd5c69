// Decides which rejected events are kept, so that a flood of them cannot fill the disk (docs/decisions/0011).
import type { QuarantinedEvent } from './event-batch.ts'

/** The limits of one game in one minute. Any single request fits into a new minute. */
export const KEPT_EVENTS_A_MINUTE = 1_000
export const KEPT_BYTES_A_MINUTE = 8 * 1024 * 1024

const MINUTE_MS = 60_000

/**
 * Returns the rejected events that are within the game's rate.
 * @param rejections rejected events of this one game
 * @param nowMs the server's clock, in milliseconds since 1970
 */
export type KeepRejections = (
  gameId: number,
  rejections: QuarantinedEvent[],
  nowMs: number,
) => QuarantinedEvent[]

/** Each API process has one: it remembers what each game has used of the current minute. */
export function rejectionKeeper(): KeepRejections {
  let minute = 0
  const usedByGame = new Map<number, { events: number; bytes: number }>()
  return (gameId, rejections, nowMs) => {
    if (rejections.length === 0) return rejections
    const minuteNow = Math.floor(nowMs / MINUTE_MS)
    if (minuteNow !== minute) usedByGame.clear()
    minute = minuteNow
    const used = usedByGame.get(gameId) ?? { events: 0, bytes: 0 }
    usedByGame.set(gameId, used)
    return rejections.filter(({ raw }) => {
      const bytes = Buffer.byteLength(raw)
      if (used.events >= KEPT_EVENTS_A_MINUTE || used.bytes + bytes > KEPT_BYTES_A_MINUTE) return false
      used.events++
      used.bytes += bytes
      return true
    })
  }
}
