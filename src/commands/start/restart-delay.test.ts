// The delay between restarts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { restartDelayMs } from './restart-delay.ts'

test('the delay doubles with each early death up to 2 s, and is reset by a steady run', () => {
  const delays: number[] = []
  for (let run = 0; run < 8; run++) delays.push(restartDelayMs(delays.at(-1), 50))
  assert.deepEqual(delays, [100, 200, 400, 800, 1600, 2000, 2000, 2000])
  assert.equal(restartDelayMs(2000, 60_000), 100)
})
