// Of a flood some is kept, the rest is counted, and the two add up, whatever comes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { quarantinedEvent } from '../../test/batches.ts'
import { REQUEST_EVENTS_MAX, REQUEST_INFLATED_BYTES_MAX } from '../contract/limits.ts'
import type { QuarantinedEvent } from './event-batch.ts'
import {
  KINDS_AN_HOUR,
  rejectionSampler,
  SAMPLE_BYTES_MAX,
  SAMPLE_EVERY,
  SAMPLES_A_MINUTE,
  WHOLE_BYTES_A_MINUTE,
  WHOLE_EVENTS_A_MINUTE,
} from './sample-rejections.ts'

const NOON = Date.UTC(2026, 10, 22, 12)
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const many = (count: number, fields: Partial<QuarantinedEvent> = {}) =>
  Array.from({ length: count }, () => quarantinedEvent(fields))
const sum = (counted: { events: number }[]) => counted.reduce((total, { events }) => total + events, 0)
const isAmong = (kept: QuarantinedEvent[]) => {
  const set = new Set(kept)
  return (one: QuarantinedEvent) => set.has(one)
}
const bytesOf = (kept: QuarantinedEvent[]) =>
  kept.reduce((total, { raw }) => total + Buffer.byteLength(raw), 0)

test('any one request is kept whole in a fresh minute, and every minute anew', () => {
  assert.ok(REQUEST_EVENTS_MAX <= WHOLE_EVENTS_A_MINUTE && REQUEST_INFLATED_BYTES_MAX <= WHOLE_BYTES_A_MINUTE)
  const sample = rejectionSampler()
  const rejections = many(WHOLE_EVENTS_A_MINUTE)
  for (const nowMs of [NOON, NOON + MINUTE, NOON + HOUR]) {
    assert.deepEqual(sample(rejections, nowMs), { quarantined: rejections, unkept: [] })
  }
})

test('past the number, the first of a kind and then one of a hundred is kept; the rest is counted by kind', () => {
  const sample = rejectionSampler()
  sample(many(WHOLE_EVENTS_A_MINUTE), NOON)
  const a = many(250, { name: 'a', app_version: '1' })
  const b = many(101, { name: 'b' })
  const { quarantined, unkept } = sample([...a, ...b], NOON + MINUTE - 1)
  assert.deepEqual(quarantined, [a[0], a[100], a[200], b[0], b[100]])
  const { game_id, received_at, reason } = quarantinedEvent()
  assert.deepEqual(unkept, [
    { game_id, received_at, reason, name: 'a', app_version: '1', events: 247 },
    { game_id, received_at, reason, name: 'b', app_version: null, events: 99 },
  ])
})

test('past the bytes, large ones are counted, and small ones that still fit are kept', () => {
  const sample = rejectionSampler()
  const huge = quarantinedEvent({ raw: 'x'.repeat(WHOLE_BYTES_A_MINUTE - 2) })
  const large = quarantinedEvent({ raw: 'x'.repeat(SAMPLE_BYTES_MAX + 1), name: 'large' })
  const [umlaut, small] = [quarantinedEvent({ raw: 'ää', name: 'umlaut' }), quarantinedEvent({ raw: '{}' })]
  const { quarantined, unkept } = sample([huge, large, umlaut, small], NOON)
  assert.deepEqual(quarantined, [huge, umlaut, small], 'ä is two bytes: its event is the first of a sample')
  assert.deepEqual([unkept.length, unkept[0]?.name, unkept[0]?.events], [1, 'large', 1])
})

test('a game’s flood takes nothing from another game', () => {
  const sample = rejectionSampler()
  sample(many(50_000), NOON)
  const others = many(WHOLE_EVENTS_A_MINUTE, { game_id: 2 })
  assert.deepEqual(sample(others, NOON), { quarantined: others, unkept: [] })
})

test('names without end are counted by their reason, until the next hour', () => {
  const sample = rejectionSampler()
  sample(many(WHOLE_EVENTS_A_MINUTE), NOON)
  const named = Array.from({ length: 2 * KINDS_AN_HOUR }, (_, n) => quarantinedEvent({ name: `n${n}` }))
  for (const nowMs of [NOON, NOON + 59 * MINUTE]) {
    if (nowMs !== NOON) sample(many(WHOLE_EVENTS_A_MINUTE), nowMs)
    const { unkept } = sample([...named, ...named], nowMs)
    const names = new Set(unkept.map(({ name }) => name))
    assert.ok(names.size <= KINDS_AN_HOUR + 1 && names.has(null), `${names.size}`)
  }
  sample(many(WHOLE_EVENTS_A_MINUTE), NOON + HOUR)
  const last = quarantinedEvent({ name: `n${2 * KINDS_AN_HOUR - 1}` })
  const { quarantined, unkept } = sample([last, last], NOON + HOUR)
  assert.deepEqual(quarantined, [last])
  assert.equal(unkept[0]?.name, last.name)
})

test('samples too are bounded in a minute', () => {
  const sample = rejectionSampler()
  sample(many(WHOLE_EVENTS_A_MINUTE), NOON)
  const flood = many(2 * SAMPLES_A_MINUTE * SAMPLE_EVERY)
  assert.equal(sample(flood, NOON).quarantined.length, SAMPLES_A_MINUTE)
})

test('whatever comes: kept and counted add up, nothing is altered, and no minute keeps more than its bounds', () => {
  const kind = fc.record({
    game_id: fc.integer({ min: 1, max: 2 }),
    reason: fc.constantFrom('missing_field' as const, 'unknown_field' as const),
    name: fc.option(fc.string({ maxLength: 2 })),
    app_version: fc.option(fc.constantFrom('1', '2')),
  })
  const bytes = fc.oneof(
    fc.integer({ min: 0, max: 2 * SAMPLE_BYTES_MAX }),
    fc.constant(WHOLE_BYTES_A_MINUTE / 4),
  )
  const one = quarantinedEvent()
  const request = fc.record({
    kinds: fc.array(kind, { minLength: 1, maxLength: 8 }),
    events: fc.integer({ min: 1, max: REQUEST_EVENTS_MAX }),
    bytes,
    pauseMs: fc.constantFrom(0, 0, 0, 1_000, MINUTE, HOUR),
  })
  fc.assert(
    fc.property(fc.array(request, { minLength: 1, maxLength: 15 }), (requests) => {
      const sample = rejectionSampler()
      const keptIn = new Map<string, QuarantinedEvent[]>()
      let nowMs = NOON
      for (const { kinds, events, bytes, pauseMs } of requests) {
        nowMs += pauseMs
        const raw = 'x'.repeat(bytes)
        const length = Math.min(events, Math.floor(REQUEST_INFLATED_BYTES_MAX / Math.max(1, bytes)))
        const came = Array.from({ length }, (_, n) =>
          Object.freeze({ ...one, ...kinds[n % kinds.length], raw }),
        )
        const { quarantined, unkept } = sample(came, nowMs)
        assert.equal(quarantined.length + sum(unkept), length)
        assert.deepEqual(quarantined, came.filter(isAmong(quarantined)), 'as they came')
        for (const kept of quarantined) {
          const minute = `${kept.game_id} ${Math.floor(nowMs / MINUTE)}`
          keptIn.set(minute, keptIn.get(minute) ?? [])
          keptIn.get(minute)?.push(kept)
        }
      }
      for (const kept of keptIn.values()) {
        assert.ok(kept.length <= WHOLE_EVENTS_A_MINUTE + SAMPLES_A_MINUTE)
        assert.ok(bytesOf(kept) <= WHOLE_BYTES_A_MINUTE + SAMPLES_A_MINUTE * SAMPLE_BYTES_MAX)
      }
    }),
    { numRuns: 40 },
  )
})
