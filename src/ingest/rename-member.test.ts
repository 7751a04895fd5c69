// A member of an event gets another name, and the text of each value does not change.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renameMember } from './rename-member.ts'

const CASES: [raw: string, from: string, to: string, expected: string][] = [
  ['{"a": 76561198000000001 }', '/a', '/b', '{"b":76561198000000001}'],
  ['{"name":"n","lvl":1.0}', '/lvl', '/properties/level', '{"name":"n","properties":{"level":1.0}}'],
  ['{"lvl":1e-7,"properties":{"x":[1, 2]}}', '/lvl', '/properties/lvl', '{"properties":{"x":[1, 2],"lvl":1e-7}}'],
  [
    '{"properties":{"who":"p","x":"\\ud83c"},"n":1}',
    '/properties/who',
    '/player_id',
    '{"n":1,"properties":{"x":"\\ud83c"},"player_id":"p"}',
  ],
  ['{"properties":{"a":1,"a":2}}', '/properties/a', '/properties/b', '{"properties":{"b":2}}'],
  ['{"a/b~":1}', '/a~1b~0', '/c', '{"c":1}'],
  ['{"__proto__":1}', '/__proto__', '/properties/__proto__', '{"properties":{"__proto__":1}}'],
]

test('a member is renamed, and the text of its value does not change', () => {
  for (const [raw, from, to, expected] of CASES) assert.equal(renameMember(raw, { from, to }), expected)
})

test('an event without the member, or with the new name already, is not changed', () => {
  for (const raw of ['{ "b" : 1 }', '{"a":1,"b":2}', '[]', 'null', '"a"', '1', '{"a":{"x":1},"b":2}']) {
    assert.equal(renameMember(raw, { from: '/a', to: '/b' }), raw)
  }
  const odd = '{"lvl":1,"properties":[]}'
  assert.equal(renameMember(odd, { from: '/lvl', to: '/properties/lvl' }), odd)
  assert.equal(renameMember(odd, { from: '/properties/x', to: '/lvl' }), odd)
})
