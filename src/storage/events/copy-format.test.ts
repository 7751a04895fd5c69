// COPY's text format, against the rules of its documentation; write-events.test.ts has PostgreSQL read it back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { copyRow } from './copy-format.ts'

test('tabs separate columns, and a newline ends a row', () => {
  assert.equal(copyRow(['a', 1, -0.5, true, false]), 'a\t1\t-0.5\tt\tf\n')
  assert.equal(copyRow(['']), '\n')
})

test('null is \\N, and a text that looks like it is not null', () => {
  assert.equal(copyRow([null, '\\N']), '\\N\t\\\\N\n')
})

test('what would end a column, a row or the data is escaped', () => {
  assert.equal(copyRow(['\t\n\r\b\f\v\\']), '\\t\\n\\r\\b\\f\\v\\\\\n')
  assert.equal(copyRow(['\\.', '{"a":"\\n"}']), '\\\\.\t{"a":"\\\\n"}\n')
})

test('other text is not changed', () => {
  const text = `"quoted", 'single' \u007f\u0001 läuft 🎮 日本`
  assert.equal(copyRow([text]), `${text}\n`)
})
