// Any body of 8 MiB costs at most twice what an honest one costs. `npm run fuzz -- --large 500` tries more of them, with a bounded heap.
import { test } from 'node:test'
import fc from 'fast-check'
import { costCheck, largeBody } from './body-cost.ts'

test('a body of 8 MiB costs at most twice the CPU time of an honest one', () => {
  fc.assert(fc.property(largeBody, costCheck()), { numRuns: 40, interruptAfterTimeLimit: 15_000 })
})
