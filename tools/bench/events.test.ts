// The bench's events: new ids and recent times for the load, ordered times for the history.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freshEvents, HISTORY_DAYS, historyEvents } from './events.ts'

const DAY_MS = 24 * 60 * 60 * 1000

test('fresh events have new ids, times of the last minute and a real game’s size', () => {
  const texts = freshEvents(1).take(40_000).toArray()
  const events = texts.map((text) => JSON.parse(text))
  assert.equal(new Set(events.map(({ event_id }) => event_id)).size, texts.length)
  const bytes = texts.reduce((sum, text) => sum + text.length, 0) / texts.length
  assert.ok(bytes > 300 && bytes < 420, `${bytes} bytes`)
  for (const { occurred_at } of events) assert.ok(Math.abs(Date.now() - Date.parse(occurred_at)) < 120_000)
})

test('a history has about as many events as asked for, in order, on the days before today', () => {
  const todayMs = Date.UTC(2026, 5, 15, 13)
  const times = historyEvents(1, todayMs, 100_000)
    .map((text) => Date.parse(JSON.parse(text).occurred_at))
    .toArray()
  assert.ok(times.length > 80_000 && times.length < 120_000, `${times.length} events`)
  assert.deepEqual(times, times.toSorted())
  const midnightMs = Date.UTC(2026, 5, 15)
  assert.ok((times[0] as number) >= midnightMs - HISTORY_DAYS * DAY_MS)
  assert.ok((times.at(-1) as number) < midnightMs)
})
