// A figure that takes too long is the asker's 400, not an error of ours.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openFreshDatabase } from '../../../test/stores.ts'
import { RequestProblem } from '../../contract/answer.ts'
import { reportReaders } from './report-readers.ts'

test('what cannot be read in time says so', async (t) => {
  const { database } = await openFreshDatabase(t)
  const client = await database.connect()
  try {
    await client.query('begin')
    await client.query('lock table playtrace.hourly_events in access exclusive mode')
    const reading = reportReaders(database).overview(1, { from: '2026-11-01', to: '2026-11-02' })
    await assert.rejects(reading, (error) => {
      assert.ok(error instanceof RequestProblem, String(error))
      assert.deepEqual([error.code, error.path], ['invalid_query', '/from'])
      assert.match(error.message, /shorter range/)
      return true
    })
  } finally {
    client.release(true)
  }
})
