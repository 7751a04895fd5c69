// A text of a sender is cut, and cleaned for a column of type text.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cut, jsonPointer, shown } from './shown-text.ts'

test('a text is cut after 100 characters', () => {
  assert.equal(cut('a'.repeat(100)), 'a'.repeat(100))
  assert.equal(cut('a'.repeat(101)), `${'a'.repeat(100)}…`)
  assert.equal(cut('😀'.repeat(100)), '😀'.repeat(100))
  assert.equal(cut('😀'.repeat(101)), `${'😀'.repeat(100)}…`)
  assert.equal(cut(`x${'😀'.repeat(1_000_000)}`), `x${'😀'.repeat(99)}…`)
})

test('characters that a column of type text refuses are replaced', () => {
  assert.equal(shown('a\0b\ud800c\udc00d😀'), 'a\uFFFDb\uFFFDc\uFFFDd😀')
})

test('a JSON Pointer escapes ~ and /', () => {
  assert.equal(jsonPointer('properties', 'a/b~c', '~1', ''), '/properties/a~1b~0c/~01/')
  assert.equal(jsonPointer('\0'), '/\uFFFD')
})
