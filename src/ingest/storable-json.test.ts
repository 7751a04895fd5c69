// JSON that jsonb cannot store is found in its text, and similar JSON that jsonb can store is not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasUnstorableEscape, hasUnstorableNumber } from './storable-json.ts'

const UNSTORABLE_ESCAPES = [
  String.raw`"\u0000"`,
  String.raw`{"\u0000":1}`,
  String.raw`"\\\u0000"`,
  String.raw`"\n\u0000"`,
  String.raw`"\ud800"`,
  String.raw`"\uD83D"`,
  String.raw`"\uDc00"`,
  String.raw`"\uDE00\uD83D"`,
  String.raw`"\ud83d\ud83d\ude00"`,
  String.raw`"\ud83d \ude00"`,
  String.raw`"\ud83d\n\ude00"`,
  String.raw`["\ud83d","\ude00"]`,
  String.raw`"\ud83dx"`,
  String.raw`"\ud83dx\n"`,
  String.raw`"\ud83dx\u0041"`,
  String.raw`"\ud83d\\ude00"`,
  String.raw`{"a":"\ud83d\ude00\ude00"}`,
]

const STORABLE_ESCAPES = [
  '"plain"',
  '"😀"',
  String.raw`"\\u0000"`,
  String.raw`"\\\\u0000"`,
  String.raw`"\\ud800"`,
  String.raw`"\u0001\u001F\u00e9"`,
  String.raw`"\ud83d\ude00"`,
  String.raw`"\uD83D\uDE00\uD83D\uDE00"`,
  String.raw`{"\ud83d\ude00":"\\\ud83d\ude00"}`,
  String.raw`"\uffff\ufffe\ue000\ud7ff"`,
]

test('NUL and half surrogate pairs are found in every spelling', () => {
  for (const json of UNSTORABLE_ESCAPES) assert.equal(hasUnstorableEscape(json), true, json)
  for (const json of STORABLE_ESCAPES) assert.equal(hasUnstorableEscape(json), false, json)
})

/** The limits of decimals and of the exponent were tried with PostgreSQL 18. */
const UNSTORABLE_NUMBERS = [
  '1e401',
  '-1E+401',
  '1.5e-401',
  '0e999999999999',
  '[1,{"a":1e131072}]',
  '{"text":"1e5","number":1e0401}',
  `0.${'1'.repeat(16_384)}`,
  `0.${'1'.repeat(16_383)}e-1`,
  // The text is shorter than the number of decimals. A fuzz test with the real jsonb found these.
  `0.${'7'.repeat(16_370)}e-14`,
  `0.${'7'.repeat(16_285)}e-99`,
]

const STORABLE_NUMBERS = [
  '76561197960287930',
  '1.7976931348623157e308',
  '4.9406564584124654e-324',
  '1e400',
  '1e-400',
  '1e00000000000400',
  '9'.repeat(32_000),
  `0.${'1'.repeat(16_383)}`,
  `0.${'1'.repeat(16_384)}e1`,
  '{"guid":"1e999999-0000","quoted \\" 1e999":"\\"1e999"}',
  `"0.${'1'.repeat(20_000)}"`,
]

test('numbers that numeric cannot store are found outside strings', () => {
  for (const json of UNSTORABLE_NUMBERS) assert.equal(hasUnstorableNumber(json), true, json.slice(0, 60))
  for (const json of STORABLE_NUMBERS) assert.equal(hasUnstorableNumber(json), false, json.slice(0, 60))
})
