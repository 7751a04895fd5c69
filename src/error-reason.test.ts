// The reason in an error, also in one that has an error for each address of a host.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reasonOf } from './error-reason.ts'

test('the reason is the message of the first address, without a period', () => {
  const addresses = new AggregateError([new Error('connect ECONNREFUSED ::1:1'), new Error('another')])
  for (const error of [addresses, new Error('outer', { cause: addresses })]) {
    assert.equal(reasonOf(error), 'connect ECONNREFUSED ::1:1')
  }
  assert.equal(reasonOf(new Error('It failed.', { cause: new Error('inner') })), 'It failed')
})

test('the reason says what to do about a certificate of an unknown authority', () => {
  const unknown = Object.assign(new Error('unable to verify'), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  for (const error of [unknown, new Error('outer', { cause: unknown })]) assert.match(reasonOf(error), /sslrootcert/)
})
