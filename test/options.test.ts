// The values that the command line accepts and rejects.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidArgumentError } from 'commander'
import { duration, game, positive, whole } from '../bin/options.mts'

test('values are read', () => {
  assert.deepEqual(['60', '60s', '1.5m', '2h', '500ms'].map(duration), [60_000, 60_000, 90_000, 7_200_000, 500])
  assert.equal(whole('200'), 200)
  assert.equal(positive('0.5'), 0.5)
  assert.equal(game('my-game_2'), 'my-game_2')
})

test('an invalid value is rejected with a message', () => {
  const invalid: [(text: string) => unknown, string[]][] = [
    [duration, ['', '0', '-1s', '5 parsecs', 's']],
    [whole, ['0', '-1', '1.5', 'x', '9999999999']],
    [positive, ['0', '-1', 'Infinity', 'x']],
    [game, ['', 'My', '-x', 'x'.repeat(64)]],
  ]
  for (const [read, texts] of invalid) {
    for (const text of texts) assert.throws(() => read(text), InvalidArgumentError, text)
  }
})
