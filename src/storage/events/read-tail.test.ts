// Reading for the live tail: nothing is lost by a read that fails, and nothing is read twice.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchWriter } from '../../../test/batch-writer.ts'
import { batchOf, quarantinedEvent, storableEvent } from '../../../test/batches.ts'
import { onEnd } from '../../../test/on-end.ts'
import { openFreshDatabase } from '../../../test/stores.ts'
import type { Database } from '../postgres/database.ts'
import { quarantineEvents } from '../quarantine/rejections.ts'
import { openTail } from './read-tail.ts'

const ALL = { game_id: 1, name: undefined, player_id: undefined, app_version: undefined }

test('a read that fails at the rejected events is repeated in full', async (t) => {
  const { database } = await openFreshDatabase(t)
  let isAway = false
  const failing: Database = Object.create(database, {
    query: {
      value: (statement: string, values: unknown[]) =>
        isAway && statement.includes('playtrace.rejected_events')
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

test('a rejected event is read once, also if its write commits late or another game has some too', async (t) => {
  const { database } = await openFreshDatabase(t)
  const read = await openTail(database)
  const rejected = async () => (await read([ALL])).rejected.get(1)?.rejections.map(({ rejection_id }) => rejection_id)
  const write = batchWriter(database)
  const [late, first] = [quarantinedEvent(), quarantinedEvent()]

  const client = await database.connect()
  onEnd(t, async () => client.release())
  await client.query('begin')
  await quarantineEvents(client, [batchOf([], [late])])
  await write(batchOf([], [first, quarantinedEvent({ game_id: 2 })]))
  assert.deepEqual(await rejected(), [first.rejection_id])
  await client.query('commit')
  assert.deepEqual(await rejected(), [late.rejection_id])
  assert.deepEqual(await rejected(), [])
})
