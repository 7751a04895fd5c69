// The delay before a retry.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RETRY_LIMITS, retryAfterMs, retryDelayMs } from './retry-delay.ts'

const NOW_MS = Date.UTC(2026, 10, 22, 9, 30, 0)

test('Retry-After is read as seconds or as an HTTP date', () => {
  assert.equal(retryAfterMs('2', NOW_MS), 2000)
  assert.equal(retryAfterMs('0', NOW_MS), 0)
  assert.equal(retryAfterMs('Sun, 22 Nov 2026 09:30:07 GMT', NOW_MS), 7000)
  assert.equal(retryAfterMs('Sun, 22 Nov 2026 09:29:00 GMT', NOW_MS), 0, 'a date that has passed')
})

test('an invalid Retry-After counts as none', () => {
  for (const header of [null, '', 'soon', '-5', '2.5']) assert.equal(retryAfterMs(header, NOW_MS), undefined)
})

test('the delay doubles up to its limit, and half of it is random', () => {
  const delays = (fraction: number) =>
    [0, 1, 2, 20].map((attempt) => retryDelayMs(attempt, null, NOW_MS, fraction, RETRY_LIMITS))
  assert.deepEqual(delays(0), [250, 500, 1000, 7500])
  assert.deepEqual(delays(1), [500, 1000, 2000, 15_000])
})

test('the delay is never shorter than Retry-After, unless retryAfterMaxMs is given', () => {
  assert.equal(retryDelayMs(0, '30', NOW_MS, 0, RETRY_LIMITS), 30_000)
  assert.equal(retryDelayMs(0, '30', NOW_MS, 0, { ...RETRY_LIMITS, retryAfterMaxMs: 3_000 }), 3_000)
  assert.ok(retryDelayMs(9, '1', NOW_MS, 0.99, RETRY_LIMITS) < 1_300)
})
