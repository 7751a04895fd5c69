// Layers of tests: the rules stay testable without a server, and a server is started only for tests that use it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filesOf, needsDatabase, needsRedis } from './layers.ts'

const RULES = /^src\/(client|contract|ingest|simulation)\//

test('the rules are tested without a server', () => {
  assert.deepEqual(
    [...filesOf('integration'), ...filesOf('system')].filter((file) => RULES.test(file)),
    [],
  )
})

test('a file needs what it imports, itself or through what is written for tests', () => {
  const queue = 'src/queue/bullmq-queue.test.ts'
  const reports = 'test/reports/answers.test.ts'
  const rule = 'src/ingest/event-time.test.ts'
  assert.deepEqual([queue, reports, rule].map(needsDatabase), [true, true, false])
  assert.deepEqual([queue, reports, rule].map(needsRedis), [true, false, false])
})
