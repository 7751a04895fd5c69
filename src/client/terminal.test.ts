// The progress line: drawn on a terminal, fitted into its width, cleared at the end, and not written to a pipe.
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { progressBar, showProgress } from './terminal.ts'

const stream = (terminal: { isTTY?: boolean; columns?: number }) => {
  const output = Object.assign(new PassThrough(), terminal)
  output.setEncoding('utf8')
  return output
}
const line = () => `${progressBar(30, 40)} · 30/40 · events`

test('a terminal shows one line, cut to its width, and an empty line at the end', () => {
  const output = stream({ isTTY: true, columns: 80 })
  showProgress(output, line).stop()
  assert.equal(output.read(), '\r\u001b[K███████████████░░░░░ 75% · 30/40 · events\r\u001b[K')
  const narrow = stream({ isTTY: true, columns: 25 })
  showProgress(narrow, line).stop()
  assert.equal(narrow.read(), '\r\u001b[K███████████████░░░░░ 75%\r\u001b[K')
})

test('a value beyond the total is shown as 100 %, and one without a total as 0 %', () => {
  assert.match(progressBar(30, 20), /^█{20} 100%$/)
  assert.match(progressBar(30, 0), /^░{20} 0%$/)
})

test('a pipe gets nothing', () => {
  const output = stream({})
  showProgress(output, line).stop()
  assert.equal(output.read(), null)
})
