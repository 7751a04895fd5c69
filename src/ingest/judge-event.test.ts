// Each row of the contract's table of fields: the limits that are accepted, and the reason for each violation.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ADDED_FIELDS } from '../contract/event.ts'
import { PROPERTIES_BYTES_MAX } from '../contract/limits.ts'
import { faultOf } from './judge-event.ts'
import { type Fault, parseBody } from './parse-body.ts'

function judge(text: string): Fault | undefined {
  const [rawEvent] = parseBody(Buffer.from(text), 'json').events
  return faultOf(rawEvent ?? assert.fail())
}

const judgeFields = (fields: Record<string, unknown>) => judge(JSON.stringify({ name: 'n', player_id: 'p', ...fields }))
/** An event whose properties are this text. */
const judgeProperties = (json: string) => judge(`{"name":"n","player_id":"p","properties":${json}}`)
const nested = (depth: number) => `${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`
const sized = (bytes: number) => `{"a":"${'x'.repeat(bytes - 8)}"}`

const VALID: Record<string, unknown>[] = [
  {},
  { event_id: '00000000-0000-0000-0000-000000000000' },
  { event_id: 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF' },
  { event_id: '0185abcd-ef01-7fff-bfff-ffffffffffff' },
  { name: 'n' },
  { name: 'n'.repeat(100) },
  { name: '😀'.repeat(100) },
  { name: 'Ünïcode name, with spaces "and" \\ \u2028 marks' },
  { player_id: 'p'.repeat(128) },
  { player_id: '😀'.repeat(128) },
  { player_id: ' \t\nx' },
  { player_id: '\u200bx' },
  { session_id: 's' },
  { session_id: 's'.repeat(128) },
  { session_id: '', app_version: '', platform: '', country: '' },
  { event_id: null, session_id: null, seq: null, occurred_at: null, properties: null },
  { app_version: null, platform: null, country: null },
  { session_id: 's', seq: 0 },
  { session_id: 's', seq: Number.MAX_SAFE_INTEGER },
  { country: 'de' },
  { country: 'XK' },
  Object.fromEntries(ADDED_FIELDS.map((field) => [field, { any: 'thing' }])),
  { app_version: '😀'.repeat(64), platform: 'x'.repeat(64) },
  { occurred_at: '1969-01-01T00:00:00Z' },
  { occurred_at: '2999-12-31T23:59:59.999999999+14:00' },
  { occurred_at: '0000-01-01t00:00:00z' },
  { occurred_at: '2016-12-31T23:59:60Z' },
  { properties: {} },
]

test('an event at the limit of each rule is accepted', () => {
  for (const fields of VALID) assert.equal(judgeFields(fields), undefined, JSON.stringify(fields))
})

const BROKEN: [Record<string, unknown>, Fault['reason'], string][] = [
  [{ name: undefined }, 'missing_field', '/name'],
  [{ player_id: undefined }, 'missing_field', '/player_id'],
  [{ name: '' }, 'wrong_length', '/name'],
  [{ name: 'n'.repeat(101) }, 'wrong_length', '/name'],
  [{ name: '😀'.repeat(101) }, 'wrong_length', '/name'],
  [{ name: `e${'\u0301'.repeat(100)}` }, 'wrong_length', '/name'],
  [{ name: 'a\u0000b' }, 'control_character', '/name'],
  [{ name: 'a\nb' }, 'control_character', '/name'],
  [{ name: 'a\u001f' }, 'control_character', '/name'],
  [{ name: '\u007f' }, 'control_character', '/name'],
  [{ name: '\u009f' }, 'control_character', '/name'],
  [{ name: 'a\ud800' }, 'unstorable_text', '/name'],
  [{ player_id: '' }, 'wrong_length', '/player_id'],
  [{ player_id: 'p'.repeat(129) }, 'wrong_length', '/player_id'],
  [{ player_id: 'p\u0000' }, 'unstorable_text', '/player_id'],
  [{ player_id: '\udc00p' }, 'unstorable_text', '/player_id'],
  [{ player_id: ' \t\n' }, 'blank_text', '/player_id'],
  [{ player_id: '\u200b\u2060\ufeff' }, 'blank_text', '/player_id'],
  [{ player_id: '\u3164' }, 'blank_text', '/player_id'],
  [{ name: '\u00a0\u2003' }, 'blank_text', '/name'],
  [{ seq: 1 }, 'missing_field', '/session_id'],
  [{ seq: 1, session_id: '' }, 'missing_field', '/session_id'],
  [{ seq: -1, session_id: 's' }, 'wrong_type', '/seq'],
  [{ seq: 1.5, session_id: 's' }, 'wrong_type', '/seq'],
  [{ seq: 2 ** 53, session_id: 's' }, 'wrong_type', '/seq'],
  [{ country: 'DEU' }, 'invalid_country', '/country'],
  [{ country: 'd1' }, 'invalid_country', '/country'],
  [{ country: 'ÄÖ' }, 'invalid_country', '/country'],
  [{ session_id: 's'.repeat(129) }, 'wrong_length', '/session_id'],
  [{ session_id: '\u0000' }, 'unstorable_text', '/session_id'],
  [{ app_version: 'v'.repeat(65) }, 'wrong_length', '/app_version'],
  [{ app_version: '\u0000' }, 'unstorable_text', '/app_version'],
  [{ platform: '😀'.repeat(65) }, 'wrong_length', '/platform'],
  [{ platform: '\ud800\ud800' }, 'unstorable_text', '/platform'],
  [{ event_id: '' }, 'invalid_uuid', '/event_id'],
  [{ event_id: 'e-1' }, 'invalid_uuid', '/event_id'],
  [{ event_id: '0185abcdef017fffbfffffffffffffff' }, 'invalid_uuid', '/event_id'],
  [{ event_id: '{0185abcd-ef01-7fff-bfff-ffffffffffff}' }, 'invalid_uuid', '/event_id'],
  [{ event_id: '0185abcd-ef01-7fff-bfff-fffffffffffg' }, 'invalid_uuid', '/event_id'],
  [{ event_id: '0185abcd-ef01-7fff-bfff-ffffffffffff\n' }, 'invalid_uuid', '/event_id'],
  [{ occurred_at: '' }, 'invalid_time', '/occurred_at'],
  [{ occurred_at: '2026-11-22T09:30:00' }, 'invalid_time', '/occurred_at'],
  [{ occurred_at: '2026-02-29T09:30:00Z' }, 'invalid_time', '/occurred_at'],
  [{ occurred_at: '2026-11-22T09:30:00Z[Europe/Berlin]' }, 'invalid_time', '/occurred_at'],
  [{ occurred_at: '12026-11-22T09:30:00Z' }, 'invalid_time', '/occurred_at'],
]

test('a violation has a reason and a path', () => {
  for (const [fields, reason, path] of BROKEN) {
    const fault = judgeFields(fields)
    assert.deepEqual([fault?.reason, fault?.path], [reason, path], JSON.stringify(fields).slice(0, 80))
  }
})

test('every field refuses every other type', () => {
  const texts = ['event_id', 'name', 'player_id', 'session_id', 'occurred_at', 'app_version', 'platform', 'country']
  const wrong: Record<string, unknown[]> = {
    properties: [true, 1, 'x', []],
    seq: [true, '1', [], {}],
    ...Object.fromEntries(texts.map((field) => [field, [true, 1, 1.5, [], {}, ['x']]])),
    name: [null, true, 1],
    player_id: [null, true, 1],
  }
  for (const [field, values] of Object.entries(wrong)) {
    for (const value of values) {
      const fault = judgeFields({ [field]: value })
      assert.deepEqual([fault?.reason, fault?.path], ['wrong_type', `/${field}`], JSON.stringify([field, value]))
    }
  }
})

test('seq is judged by its digits', () => {
  const judgeSeq = (seq: string) => judge(`{"name":"n","player_id":"p","session_id":"s","seq":${seq}}`)?.reason
  for (const seq of ['3', '3.0', '3e0', '0e9', '9007199254740991', '3.00000000000000000000'])
    assert.equal(judgeSeq(seq), undefined, seq)
  for (const seq of ['3.00000000000000000001', '9007199254740991.4', '1e-400', '1e-999999999', '1e999999999'])
    assert.equal(judgeSeq(seq), 'wrong_type', seq)
})

test('an event must be an object', () => {
  for (const text of ['null', '1', '"x"', 'true', '[]', `${'['.repeat(9_999)}${']'.repeat(9_999)}`]) {
    assert.equal(judge(`[${text}]`)?.reason, 'not_an_object', text.slice(0, 20))
  }
})

test('an unknown field is rejected, with the nearest known name if one is near', () => {
  const { reason, path, message } = judgeFields({ playerId: 'x' }) ?? assert.fail()
  assert.deepEqual([reason, path], ['unknown_field', '/playerId'])
  assert.equal(
    message,
    '"playerId" is not a field of an event. The nearest known name is player_id. Put your own fields into properties.',
  )
  const far = '"xyzzy" is not a field of an event. Put your own fields into properties.'
  assert.equal(judgeFields({ xyzzy: 1 })?.message, far)
})

test('names that JavaScript objects inherit are unknown fields, and allowed in properties', () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', '']) {
    const fault = judge(`{"name":"n","player_id":"p","${name}":{"player_id":"p"}}`)
    assert.deepEqual([fault?.reason, fault?.path], ['unknown_field', `/${name}`], name)
    assert.equal(judgeProperties(`{"${name}":{"${name}":1}}`), undefined, name)
  }
  // An inherited member does not count.
  assert.equal(judge('{"__proto__":{"name":"n","player_id":"p"}}')?.reason, 'unknown_field')
})

test('a strange name of a field is cut and cleaned for a column of type text', () => {
  const strange = ['\0', '\ud800', 'a/b~c', 'k'.repeat(60_000), '😀'.repeat(16_000), '\n"\\']
  for (const name of strange) {
    const fault = judgeFields({ [name]: 1 }) ?? assert.fail()
    assert.equal(fault.reason, 'unknown_field')
    for (const text of [fault.path, fault.message]) {
      assert.ok(!text.includes('\0') && text.isWellFormed() && text.length < 500, text.slice(0, 100))
    }
  }
  assert.equal(judgeFields({ 'a/b~c': 1 })?.path, '/a~1b~0c')
  assert.equal(judgeFields({ ['k'.repeat(101)]: 1 })?.path, `/${'k'.repeat(100)}…`)
})

const PROPERTIES: [string, string, Fault['reason'] | undefined][] = [
  ['exactly 32 KiB', sized(PROPERTIES_BYTES_MAX), undefined],
  ['one byte more', sized(PROPERTIES_BYTES_MAX + 1), 'properties_too_large'],
  ['white space does not count', `{${' '.repeat(PROPERTIES_BYTES_MAX)} "a" : [ 1, "x  y" ] }`, undefined],
  ['white space in a text counts', `{ "a": "${' '.repeat(PROPERTIES_BYTES_MAX)}"}`, 'properties_too_large'],
  ['bytes count, not characters', `{"a":"${'é'.repeat(16_380)}"}`, undefined],
  ['bytes count, not characters', `{"a":"${'é'.repeat(16_381)}"}`, 'properties_too_large'],
  ['16 levels', nested(16), undefined],
  ['17 levels', nested(17), 'properties_too_deep'],
  ['17 levels of arrays', `{"a":${'['.repeat(16)}${']'.repeat(16)}}`, 'properties_too_deep'],
  ['10,000 levels of arrays', `{"a":${'['.repeat(9_999)}${']'.repeat(9_999)}}`, 'properties_too_deep'],
  ['10,000 levels', nested(10_000), 'properties_too_deep'],
  ['NUL in a value', '{"a":"\\u0000"}', 'unstorable_text'],
  ['NUL in a key', '{"a":[{"\\u0000":1}]}', 'unstorable_text'],
  ['half a pair in a value', '{"a":"\\uD800"}', 'unstorable_text'],
  ['half a pair in a key', '{"\\udfff":1}', 'unstorable_text'],
  ['an escaped backslash before u0000', '{"a":"\\\\u0000"}', undefined],
  ['an escaped pair', '{"a":"\\ud83d\\uDE00"}', undefined],
  ['a number beyond numeric', '{"a":[1e131072]}', 'unstorable_number'],
  ['64-bit integers', '{"steam_id":18446744073709551615}', undefined],
  ['the last of two members counts', '{},"properties":{"a":"\\u0000"}', 'unstorable_text'],
  ['the last of two members counts', '{"a":"\\u0000"},"properties":{}', undefined],
  ['the name may be escaped', '{},"propert\\u0069es":{"a":"\\u0000"}', 'unstorable_text'],
]

test('properties have limits of size and depth, and must be storable as jsonb', () => {
  for (const [what, json, reason] of PROPERTIES) {
    const fault = judgeProperties(json)
    assert.deepEqual([fault?.reason, fault?.path], [reason, reason && '/properties'], what)
  }
})

test('10,000 levels outside properties are of the wrong type', () => {
  assert.equal(judge(`{"name":${nested(10_000)},"player_id":"p"}`)?.reason, 'wrong_type')
})

test('a message says what is wrong and gives the limit', () => {
  assert.match(judgeFields({ name: 'n'.repeat(101) })?.message ?? '', /name .* 100 characters/)
  assert.match(judgeFields({ name: 5 })?.message ?? '', /name must be string/)
  assert.match(judgeFields({ player_id: undefined })?.message ?? '', /player_id is required/)
  assert.match(judgeProperties(sized(40 * 1024))?.message ?? '', /40960 bytes .* 32768/)
})
