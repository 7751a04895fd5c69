// Decides which rejected events are kept, so that a flood of them cannot fill the disk (docs/decisions/0011).
import type { QuarantinedEvent } from './event-batch.ts'

/** The limits of one game in one minute. Any single request fits into a new minute. */
export const KEPT_EVENTS_A_MINUTE = 1_000
export const KEPT_BYTES_A_MINUTE = 8 * 1024 * 1024

const MINUTE_MS = 60_000

/**
 * Returns a function that selects the rejected events of one game that are within its rate. Each API process has one such
 * function, which counts what each game has used of the current minute.
 */
export function rejectionKeeper() {
  let minute = 0
  const usedByGame = new Map<number, { events: number; bytes: number }>()
  return (gameId: number, rejections: QuarantinedEvent[], nowMs: number): QuarantinedEvent[] => {
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
