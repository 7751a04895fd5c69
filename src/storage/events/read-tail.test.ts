// The tail's reading half: a look that fails loses nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchWriter } from '../../../test/batch-writer.ts'
import { batchOf, storableEvent } from '../../../test/batches.ts'
import { openFreshDatabase } from '../../../test/stores.ts'
import type { Database } from '../postgres/database.ts'
import { openTail } from './read-tail.ts'

const ALL = { game_id: 1, name: undefined, player_id: undefined, app_version: undefined }

test('events that were stored before a poll that failed are in the next poll', async (t) => {
  const { database } = await openFreshDatabase(t)
  let isAway = false
  const failing: Database = Object.create(database, {
    query: {
      value: (statement: string, values: unknown[]) =>
        isAway && statement.includes('playtrace.batches')
          ? Promise.reject(new Error('away'))
          : database.query(statement, values),
    },
  })
  const read = await openTail(failing)
  await batchWriter(database)(batchOf([storableEvent()]))
  isAway = true
  await assert.rejects(read([ALL]), { message: 'away' })
  isAway = false
  const numberOf = ({ stored }: Awaited<ReturnType<typeof read>>) => stored[0]?.events.length
  assert.equal(numberOf(await read([ALL])), 1)
  assert.equal(numberOf(await read([ALL])), 0)
})
