// COPY's text format, tested against its documentation. write-events.test.ts tests that PostgreSQL reads it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { copyRow } from './copy-format.ts'

test('columns are separated by tabs and rows end with a newline', () => {
  assert.equal(copyRow(['a', 1, -0.5, true, false]), 'a\t1\t-0.5\tt\tf\n')
  assert.equal(copyRow(['']), '\n')
})

test('null is \\N, and the text \\N is not null', () => {
  assert.equal(copyRow([null, '\\N']), '\\N\t\\\\N\n')
})

test('characters that end a column, a row or the data are escaped', () => {
  assert.equal(copyRow(['\t\n\r\b\f\v\\']), '\\t\\n\\r\\b\\f\\v\\\\\n')
  assert.equal(copyRow(['\\.', '{"a":"\\n"}']), '\\\\.\t{"a":"\\\\n"}\n')
})

test('all other characters are unchanged', () => {
  const text = `"quoted", 'single' \u007f\u0001 läuft 🎮 日本`
  assert.equal(copyRow([text]), `${text}\n`)
})
