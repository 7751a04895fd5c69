// The delay before a retry: the server's Retry-After, or otherwise a delay that doubles each time.

export interface RetryLimits {
  delayMinMs: number
  delayMaxMs: number
  /** Sending ends if the server has accepted no request for this long. */
  withoutProgressMaxMs: number
  /** An attempt without an answer after this time is cancelled. Its events may or may not have arrived. */
  attemptMaxMs: number
  /** A longer Retry-After is shortened to this. If absent, it is never shortened. */
  retryAfterMaxMs?: number
}

export const RETRY_LIMITS: RetryLimits = {
  delayMinMs: 500,
  delayMaxMs: 15_000,
  withoutProgressMaxMs: 2 * 60_000,
  attemptMaxMs: 60_000,
}

/** Spreads the retries of clients that the server refused at the same moment. */
const RETRY_AFTER_JITTER_MS = 250

/**
 * @param attempt the number of the failed attempt, counted from 0
 * @param retryAfter the unparsed value of the header
 * @param fraction a random number, 0 ≤ x < 1
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

/** Parses whole seconds or an HTTP date (RFC 9110, section 10.2.3). Any other value counts as no header. */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d+$/.test(text)) return Number(text) * 1000
  // Date.parse accepts "-5" and "2.5" as dates. An HTTP date begins with the name of the day.
  const dateMs = /^[A-Za-z]{3}/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs)
}
