// Grouping lines into requests.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchLines } from './batch-lines.ts'

async function* lines(...texts: string[]) {
  for (const [index, text] of texts.entries()) {
    yield { number: index + 1, bytes: Buffer.from(text), length: text.length }
  }
}

test('a batch ends at the limit of events or of bytes, whichever is reached first', async () => {
  const source = lines('aaaa', 'bbbb', 'c', 'd', 'e', 'ffffffffffff')
  const numbers: number[][] = []
  for await (const batch of batchLines(source, { eventsMax: 3, bytesMax: 10 })) {
    numbers.push(batch.map(({ number }) => number))
  }
  assert.deepEqual(numbers, [[1, 2], [3, 4, 5], [6]])
})
