// The text of an export: CSV escapes formulas by the rule of the dashboard's CSV.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csvCell } from '../../../dashboard/src/csv-cell.ts'
import { exportText, type TextFormat } from './export-text.ts'

const TEXTS = [
  '=1+1',
  '+1',
  '-1',
  '@SUM(1)',
  '\ta',
  '\ra',
  "'a",
  ' =1',
  'a=1',
  '"=1"',
  '=HYPERLINK("http://a","b")',
  '{"a":1}',
]

async function linesOf(format: TextFormat): Promise<string> {
  const rows = (async function* () {
    yield TEXTS.map((text) => [text])
  })()
  let whole = ''
  for await (const part of exportText(rows, format, 60_000, new AbortController())) whole += part
  return whole.slice(whole.indexOf('\r\n') + 2)
}

test('the export and the dashboard escape the same texts', async () => {
  const ofDashboard = TEXTS.map((text) => `${csvCell(text)}\r\n`).join('')
  assert.equal(await linesOf('csv'), ofDashboard)
  assert.match(ofDashboard, /^'=1\+1\r$/m)
})

test('raw CSV does not change a value', async () => {
  const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  assert.equal(await linesOf('raw_csv'), TEXTS.map((text) => `${quoted(text)}\r\n`).join(''))
})
