// How long to wait before a request is sent again: as long as the server asks, else twice as long each time.

export interface RetryLimits {
  delayMinMs: number
  delayMaxMs: number
  /** Given up when the server has taken no request at all for this long. */
  withoutProgressMaxMs: number
  /** An attempt that has no answer by then is cut; what became of it is unknown. */
  attemptMaxMs: number
  /** A Retry-After beyond it is cut to it; absent: none is. */
  retryAfterMaxMs?: number
}

export const RETRY_LIMITS: RetryLimits = {
  delayMinMs: 500,
  delayMaxMs: 15_000,
  withoutProgressMaxMs: 2 * 60_000,
  attemptMaxMs: 60_000,
}

/** Spreads the senders that a server turned away at the same moment. */
const RETRY_AFTER_JITTER_MS = 250

/**
 * @param attempt counted from 0: the one that has just failed
 * @param retryAfter the header's value, as it came
 * @param fraction 0 ≤ x < 1, drawn by chance
 */
export function retryDelayMs(
  attempt: number,
  retryAfter: string | null,
  nowMs: number,
  fraction: number,
  { delayMinMs, delayMaxMs, retryAfterMaxMs = Number.POSITIVE_INFINITY }: RetryLimits,
): number {
  const askedMs = retryAfterMs(retryAfter, nowMs)
  if (askedMs !== undefined) return Math.min(askedMs, retryAfterMaxMs) + fraction * RETRY_AFTER_JITTER_MS
  const ceilingMs = Math.min(delayMaxMs, delayMinMs * 2 ** attempt)
  return ceilingMs / 2 + (ceilingMs / 2) * fraction
}

/** RFC 9110, section 10.2.3: whole seconds or an HTTP date. Anything else is as good as no header. */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d+$/.test(text)) return Number(text) * 1000
  // Date.parse alone takes "-5" or "2.5" for a date; an HTTP date begins with the day's name.
  const dateMs = /^[A-Za-z]{3}/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs)
}
