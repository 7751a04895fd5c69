// The worker between a queue and a database: enqueued events are stored and counted, and a drain releases the rest.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { batchWriter } from '../../test/batch-writer.ts'
import { batchOf, quarantinedEvent, storableEvent, storableEvents } from '../../test/batches.ts'
import { memoryQueue } from '../../test/memory-queue.ts'
import { onEnd } from '../../test/on-end.ts'
import { closeDatabase, connect, openFreshDatabase, reopenDatabase } from '../../test/stores.ts'
import { until } from '../../test/until.ts'
import type { EventQueue } from '../queue/event-queue.ts'
import type { Database } from '../storage/postgres/database.ts'
import { openEventWorker } from './event-worker.ts'
import { workerMetrics } from './worker-metrics.ts'

function start(t: TestContext, database: Database, queue: EventQueue) {
  const registry = new Registry()
  const worker = openEventWorker({
    queue,
    write: batchWriter(database),
    concurrency: 3,
    metrics: workerMetrics(registry),
    log: pino({ level: 'silent' }),
  })
  worker.start()
  onEnd(t, () => worker.stop())
  return { worker, registry }
}

async function value(registry: Registry, name: string): Promise<number> {
  const metric = await registry.getSingleMetric(name)?.get()
  return metric?.values.reduce((sum, { value }) => sum + value, 0) ?? Number.NaN
}

async function eventsStored(database: Database): Promise<number> {
  const { rows } = await database.query('select count(*)::int as events from playtrace.events')
  return rows[0].events
}

test('stores and counts the batches that are enqueued before and after its start', async (t) => {
  const { database } = await openFreshDatabase(t)
  const queue = memoryQueue(1)
  const events = storableEvents(30)
  await queue.enqueue(batchOf(events, [quarantinedEvent()]))
  const { registry } = start(t, database, queue)
  await queue.enqueue(batchOf(events))
  await queue.enqueue(batchOf([storableEvent({ properties: '{"text":"\\u0000"}' }), storableEvent()]))
  await until(async () => {
    const { waiting, active } = await queue.counts()
    return waiting + active === 0
  })
  assert.equal(await eventsStored(database), 31)
  assert.equal(await value(registry, 'playtrace_events_stored_total'), 31)
  assert.equal(await value(registry, 'playtrace_events_repeated_total'), 30)
  assert.equal(await value(registry, 'playtrace_events_quarantined_total'), 2)
  assert.ok((await value(registry, 'playtrace_write_errors_total')) >= 2)
})

test('releases its batches when it stops while the database is away, and the next worker stores them', async (t) => {
  const { url, database } = await openFreshDatabase(t)
  const queue = memoryQueue(1)
  const { worker, registry } = start(t, database, queue)
  await closeDatabase(url)
  for (let n = 0; n < 5; n++) await queue.enqueue(batchOf(storableEvents(10)))
  await until(async () => (await value(registry, 'playtrace_write_errors_total')) >= 3)
  await worker.stop()
  assert.deepEqual(await queue.counts(), { waiting: 5, active: 0, delayed: 0, dead_letters: 0 })

  await reopenDatabase(url)
  start(t, database, queue)
  await until(async () => (await eventsStored(database)) === 50)
})

test('a batch that always times out becomes a dead letter, and the other batches are stored', async (t) => {
  const { url, database } = await openFreshDatabase(t)
  await database.query(`
    create function hang() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return new; end $$;
    create trigger hang before insert on playtrace.events for each row when (new.name = 'hang') execute function hang()`)
  const queue = memoryQueue(2)
  const slow = batchOf([storableEvent({ name: 'hang' })])
  for (const batch of [batchOf(storableEvents(3)), slow, batchOf(storableEvents(4))]) await queue.enqueue(batch)
  const { registry } = start(t, connect(t, url, 4, 300), queue)
  await until(async () => (await queue.counts()).dead_letters === 1 && (await eventsStored(database)) === 7)
  assert.deepEqual(await queue.counts(), { waiting: 0, active: 0, delayed: 0, dead_letters: 1 })
  const [dead] = await queue.deadLetters(1)
  assert.deepEqual([dead?.batch_id, dead?.attempts], [slow.batch_id, 2])
  const errors = await registry.getSingleMetric('playtrace_write_errors_total')?.get()
  assert.deepEqual(
    errors?.values.map(({ labels }) => labels['code']),
    ['QUERY_TIMEOUT'],
  )
})
