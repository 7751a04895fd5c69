// How many events came a second, by game, over the last seconds.

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
