// A longer history continues a shorter one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { historyEvents } from './history.ts'
import { DAY_MS } from './visits.ts'

const firstDayMs = Date.UTC(2026, 8, 1)
const game = { seed: 4, firstDayMs, newPlayersPerDay: 10 }

test('a longer history begins with the same events, and its parts together are the whole', () => {
  const noonMs = firstDayMs + 5.6 * DAY_MS
  const endMs = firstDayMs + 9 * DAY_MS
  const whole = [...historyEvents(game, firstDayMs, endMs)]
  const before = [...historyEvents(game, firstDayMs, noonMs)]
  const after = [...historyEvents(game, noonMs, endMs)]
  assert.ok(before.length > 1_000 && after.length > 1_000)
  assert.deepEqual([...before, ...after], whole)
  assert.ok((before.at(-1)?.occurred_at ?? '') < new Date(noonMs).toISOString())
  assert.ok((after[0]?.occurred_at ?? '') >= new Date(noonMs).toISOString())
})
