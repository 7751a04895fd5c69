// The statistics that the tables are made of.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { median, quantile } from './statistics.ts'

test('the median is the middle, or the mean of the two there', () => {
  assert.equal(median([5, 1, 3]), 3)
  assert.equal(median([4, 1, 3, 2]), 2.5)
  assert.equal(median([7]), 7)
})

test('there is no median of nothing, nor of what was not measured', () => {
  assert.ok(Number.isNaN(median([])))
  assert.ok(Number.isNaN(median([1, Number.NaN, 2])))
})

test('a quantile is of the nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)
  assert.equal(quantile(hundred, 0.5), 50)
  assert.equal(quantile(hundred, 0.99), 99)
  assert.equal(quantile([3], 0.99), 3)
})
