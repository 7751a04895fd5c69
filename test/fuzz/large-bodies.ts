// Tries the cost property with many bodies of 8 MiB. `npm run fuzz` runs it in a process whose heap is three times what an honest
// body needs, so a body that needs more ends it.
import fc from 'fast-check'
import { costCheck, largeBody } from './body-cost.ts'

const [bodies, seed] = process.argv.slice(2).map(Number)
fc.assert(fc.property(largeBody, costCheck()), { numRuns: bodies ?? 1, seed: seed ?? 1 })
console.log(`${bodies} bodies of 8 MiB: each takes at most twice the CPU time of an honest one`)
