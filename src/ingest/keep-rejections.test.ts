// Rejected events are kept up to a rate of each game, unchanged, and any single request fits into a new minute.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quarantinedEvent } from '../../test/batches.ts'
import { REQUEST_EVENTS_MAX, REQUEST_INFLATED_BYTES_MAX } from '../contract/limits.ts'
import { KEPT_BYTES_A_MINUTE, KEPT_EVENTS_A_MINUTE, rejectionKeeper } from './keep-rejections.ts'

const NOON = Date.UTC(2026, 10, 22, 12)
const MINUTE = 60_000

const rejected = (count: number) => Array.from({ length: count }, () => quarantinedEvent())

test('any single request is kept whole in a new minute', () => {
  assert.ok(REQUEST_EVENTS_MAX <= KEPT_EVENTS_A_MINUTE && REQUEST_INFLATED_BYTES_MAX <= KEPT_BYTES_A_MINUTE)
  const keep = rejectionKeeper()
  const rejections = rejected(KEPT_EVENTS_A_MINUTE)
  for (const nowMs of [NOON, NOON + MINUTE, NOON + 60 * MINUTE])
    assert.deepEqual(keep(1, rejections, nowMs), rejections)
})

test('events beyond the number are not kept until the minute ends', () => {
  const keep = rejectionKeeper()
  keep(1, rejected(KEPT_EVENTS_A_MINUTE - 2), NOON)
  const rejections = rejected(5)
  assert.deepEqual(keep(1, rejections, NOON + MINUTE - 1), rejections.slice(0, 2))
  assert.deepEqual(keep(1, rejections, NOON + MINUTE - 1), [])
  assert.deepEqual(keep(1, rejections, NOON + MINUTE), rejections)
})

test('an event that exceeds the bytes is not kept, and a smaller one that still fits is kept', () => {
  const keep = rejectionKeeper()
  const huge = quarantinedEvent({ raw: 'x'.repeat(KEPT_BYTES_A_MINUTE - 3) })
  const [umlauts, small] = [quarantinedEvent({ raw: 'ää' }), quarantinedEvent({ raw: '[1]' })]
  assert.deepEqual(keep(1, [huge, umlauts, small], NOON), [huge, small], 'ä is two bytes')
})

test('the flood of one game does not use the rate of another game', () => {
  const keep = rejectionKeeper()
  keep(1, rejected(5_000), NOON)
  const others = rejected(KEPT_EVENTS_A_MINUTE)
  assert.deepEqual(keep(2, others, NOON), others)
})
