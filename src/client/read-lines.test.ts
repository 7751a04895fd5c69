// Splitting a stream of bytes into lines.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Line, readLines } from './read-lines.ts'

async function linesOf(chunks: (string | Buffer)[], lineBytesMax = 1000): Promise<Line[]> {
  async function* source() {
    for (const chunk of chunks) yield Buffer.from(chunk)
  }
  const lines: Line[] = []
  for await (const line of readLines(source(), lineBytesMax)) lines.push(line)
  return lines
}

const texts = (lines: Line[]) => lines.map(({ number, bytes }) => [number, bytes.toString()])

test('lines are complete and numbered, wherever the chunks are split', async () => {
  const text = '{"a":1}\n\n \t\r\n{"ü":"€"}\r\nlast'
  const expected = [
    [1, '{"a":1}'],
    [4, '{"ü":"€"}\r'],
    [5, 'last'],
  ]
  const bytes = Buffer.from(text)
  for (let cut = 0; cut <= bytes.length; cut++) {
    assert.deepEqual(texts(await linesOf([bytes.subarray(0, cut), bytes.subarray(cut)])), expected)
  }
  assert.deepEqual(texts(await linesOf([...bytes].map((byte) => Buffer.from([byte])))), expected)
})

test('an empty stream and blank lines give no line', async () => {
  assert.deepEqual(await linesOf([]), [])
  assert.deepEqual(await linesOf(['\n\n  \r\n']), [])
})

test('a byte order mark is not part of the first event', async () => {
  assert.deepEqual(texts(await linesOf(['\ufeff{}\n\ufeff{}'])), [
    [1, '{}'],
    [2, '\ufeff{}'],
  ])
})

test('a line that is too long has its length but not its bytes; the next one is complete', async () => {
  const lines = await linesOf(['12345', '678', '9\n12345\n', '123456'], 5)
  assert.deepEqual(
    lines.map(({ number, length, bytes }) => [number, length, bytes.toString()]),
    [
      [1, 9, ''],
      [2, 5, '12345'],
      [3, 6, ''],
    ],
  )
})
