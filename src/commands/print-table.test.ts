// The tables that commands print.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printTable } from './print-table.ts'

test('a table has a line of headings, text on the left and numbers on the right', (t) => {
  const lines: string[] = []
  t.mock.method(console, 'log', (line: string) => lines.push(line))
  printTable([
    { game: 'demo', events: 7, revoked: null },
    { game: 'a\u001b[31m\nlonger name', events: 1_200, revoked: '2026-11-27' },
  ])
  assert.deepEqual(lines, [
    'game           events  revoked',
    'demo                7',
    'a longer name    1200  2026-11-27',
  ])
})
