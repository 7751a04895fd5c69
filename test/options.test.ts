// The values that the command line accepts and rejects.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidArgumentError } from 'commander'
import { day, duration, game, lateDays, positive, whole } from '../bin/options.mts'

test('values are read', () => {
  assert.deepEqual(['60', '60s', '1.5m', '2h', '500ms'].map(duration), [60_000, 60_000, 90_000, 7_200_000, 500])
  assert.equal(whole('200'), 200)
  assert.equal(positive('0.5'), 0.5)
  assert.equal(game('my-game_2'), 'my-game_2')
  assert.equal(day('2024-02-29'), '2024-02-29')
  assert.deepEqual(['0', '36500'].map(lateDays), [0, 36_500])
})

test('an invalid value is rejected with a message', () => {
  const invalid: [(text: string) => unknown, string[]][] = [
    [duration, ['', '0', '-1s', '5 parsecs', 's']],
    [whole, ['0', '-1', '1.5', 'x', '9999999999']],
    [positive, ['0', '-1', 'Infinity', 'x']],
    [day, ['', '2023-02-29', '2023-2-1', '2023-01-01T00:00:00Z']],
    [lateDays, ['', '-1', '1.5', '36501']],
    [game, ['', 'My', '-x', 'x'.repeat(64)]],
  ]
  for (const [read, texts] of invalid) {
    for (const text of texts) assert.throws(() => read(text), InvalidArgumentError, text)
  }
})
