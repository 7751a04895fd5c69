// Several batches in one transaction: each has its own result, and a refused batch does not fail the others.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchWriter } from '../../test/batch-writer.ts'
import { batchOf, quarantinedEvent, storableEvent, storableEvents } from '../../test/batches.ts'
import { openFreshDatabase } from '../../test/stores.ts'
import { groupBatches } from './group-batches.ts'

test('batches that arrive together share transactions, and each gets its own result', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  const repeated = storableEvent()
  await write(batchOf([repeated]))
  const batches = Array.from({ length: 20 }, (_, index) =>
    batchOf(index === 7 ? [repeated, ...storableEvents(2)] : storableEvents(index), [quarantinedEvent()]),
  )
  const results = await Promise.all(batches.map(write))
  assert.deepEqual(
    results,
    batches.map(({ events }, index) =>
      index === 7 ? { stored: 2, repeated: 1 } : { stored: events.length, repeated: 0 },
    ),
  )
  const { rows } = await database.query(
    'select batch_id, count(*)::int as rejected from playtrace.rejected_events group by batch_id order by batch_id',
  )
  const ids = batches.map(({ batch_id }) => batch_id).sort()
  assert.deepEqual(
    rows,
    ids.map((batch_id) => ({ batch_id, rejected: 1 })),
  )
  const { rows: transactions } = await database.query(
    'select count(distinct xmin::text)::int as count from playtrace.batches',
  )
  assert.ok(transactions[0].count < batches.length / 2, `${transactions[0].count} transactions`)
})

test('the same event in two batches of one transaction is stored once', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  const dated = storableEvent()
  const undated = storableEvent({ dated: false })
  const batches = Array.from({ length: 10 }, () => batchOf([dated, undated, storableEvent()]))
  const results = await Promise.all(batches.map(write))
  assert.equal(
    results.reduce((sum, { stored }) => sum + stored, 0),
    batches.length + 2,
  )
})

test('a batch that the database refuses fails alone', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  const batches = Array.from({ length: 10 }, (_, index) =>
    batchOf([storableEvent(index === 4 ? { properties: '{"text":"\\u0000"}' } : {}), storableEvent()]),
  )
  const results = await Promise.allSettled(batches.map(write))
  for (const [index, result] of results.entries()) {
    if (index === 4) {
      assert.equal(result.status, 'rejected')
      assert.equal((result as PromiseRejectedResult).reason.code, 'EVENTS_REFUSED')
    } else assert.deepEqual(result, { status: 'fulfilled', value: { stored: 2, repeated: 0 } })
  }
})

test('while the database is away or unfit, a group is not written again batch by batch', async () => {
  for (const code of ['DATABASE_AWAY', 'DATABASE_UNFIT']) {
    let writes = 0
    const write = groupBatches(async () => {
      writes++
      throw Object.assign(new Error('no'), { code })
    })
    await Promise.allSettled(Array.from({ length: 9 }, () => write(batchOf(storableEvents(1)))))
    // The first batch is a group of its own.
    assert.ok(writes <= 3, `${code}: ${writes} writes`)
  }
})

test('no batch is added to a transaction beyond its limits of events and characters', async () => {
  const MIB = 1024 * 1024
  const rejections = (count: number, raw: string) =>
    batchOf(
      [],
      Array.from({ length: count }, () => quarantinedEvent({ raw })),
    )
  for (const [batch, togetherMax] of [
    [rejections(700, '{}'), 2],
    [rejections(1, 'x'.repeat(3 * MIB)), 2],
    [batchOf([storableEvent({ properties: `{"text":"${'x'.repeat(3 * MIB)}"}` })]), 2],
    [rejections(1, 'x'.repeat(9 * MIB)), 1],
  ] as const) {
    const groups: number[] = []
    const write = groupBatches(async (group) => {
      groups.push(group.length)
      return group.map(() => ({ stored: 0, repeated: 0 }))
    })
    await Promise.all(Array.from({ length: 10 }, () => write(batch)))
    assert.equal(Math.max(...groups), togetherMax)
  }
})

test('a batch that is consumed several times at the same time is stored and counted once', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  const batch = batchOf(storableEvents(3), [quarantinedEvent()], [{ game_id: 1, events: 7 }])
  const others = Array.from({ length: 5 }, () => batchOf(storableEvents(2)))
  const results = await Promise.all([batch, ...others, batch, batch, batch, batch].map(write))
  assert.equal(
    results.reduce((sum, { stored }) => sum + stored, 0),
    3 + 2 * others.length,
  )
  const { rows } = await database.query(
    `select (select count(*)::int from playtrace.rejected_events) as rejected,
       (select sum(events)::int from playtrace.rejections_not_kept) as not_kept`,
  )
  assert.deepEqual(rows, [{ rejected: 1, not_kept: 7 }])
})
