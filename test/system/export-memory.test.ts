// A large export takes little memory, however large the file is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { fillEvents, openExports } from '../open-exports.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** About 200 MB. */
const EVENTS_MANY = 300_000
/** Chunks on their way make it vary by up to 40. Without a bound it would grow by the size of the file. */
const GROWN_MIB_MAX = 60
const NEWLINE = 10

test('memory does not grow with the file', async (t) => {
  const { database, begin } = await openExports(t)
  await fillEvents(database, EVENTS_MANY)
  const answer = await begin('ndjson')
  const usedMiB: number[] = []
  let lines = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    for (const byte of chunk) if (byte === NEWLINE) lines++
    if (lines >= ((usedMiB.length + 1) * EVENTS_MANY) / 10) usedMiB.push(liveMiB())
  }
  assert.equal(lines, EVENTS_MANY)
  assert.equal(usedMiB.length, 10)
  const [early, late] = [usedMiB.slice(0, 3), usedMiB.slice(3)].map((figures) => Math.max(...figures))
  assert.ok((late ?? 0) - (early ?? 0) < GROWN_MIB_MAX, usedMiB.map(Math.round).join(', '))
})

/** Memory in use after a collection. The resident size also holds garbage, and differs from run to run. */
function liveMiB(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 2 ** 20
}
