// The BullMQ queue on PostgreSQL and Redis. The suites run concurrently, because the longest ones mostly wait.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { createPostgresBackend, createRedisBackend, Queue } from 'bullmq'
import pg from 'pg'
import { batchOf, storableEvent } from '../../test/batches.ts'
import { freshRedis } from '../../test/fresh-redis.ts'
import { onEnd } from '../../test/on-end.ts'
import { ownPostgres, ownRedis } from '../../test/own-servers.ts'
import { freshDatabase } from '../../test/stores.ts'
import { until } from '../../test/until.ts'
import { encodeBatch } from '../ingest/event-batch.ts'
import { bullmqOutageSuite, type Store } from './bullmq-outage.testsuite.ts'
import { type BullmqQueue, openBullmqQueue } from './bullmq-queue.ts'
import { ATTEMPTS, consume, eventQueueSuite } from './event-queue.testsuite.ts'
import { findBatchesSuite } from './find-batches.testsuite.ts'
import { isPostgresUrl } from './queue-connection.ts'

const POSTGRES: Store = { name: 'PostgreSQL', freshUrl: freshDatabase, ownServer: ownPostgres }
const REDIS: Store = { name: 'Redis', freshUrl: present(freshRedis), ownServer: present(ownRedis) }
/** Without a Redis, its tests are not run, and test/run.ts reports that. */
const STORES = process.env['TEST_REDIS_URL'] ? [POSTGRES, REDIS] : [POSTGRES]

/** The time until the lock of an abandoned batch expires and the next check finds it: see WORKER_OPTIONS. */
const STALLED_MS_MAX = 60_000

describe('BullMQ', { concurrency: true }, () => {
  for (const store of STORES) {
    eventQueueSuite(store.name, async (t) => open(t, await store.freshUrl(t), 10))
    findBatchesSuite(store.name, async (t) => open(t, await store.freshUrl(t), 10))
    bullmqOutageSuite(store)
    bullmqSuite(store)
  }
  cutConnectionsSuite()
})

function cutConnectionsSuite(): void {
  for (const kind of ['done', 'release'] as const) {
    test(`a connection that is cut while “${kind}” is recorded does not use up an attempt`, async (t) => {
      const url = await freshDatabase(t)
      const queue = await open(t, url, 10)
      const batch = batchOf([storableEvent()])
      await queue.enqueue(batch)
      let handed = 0
      let cut = Promise.resolve()
      consume(t, queue, async () => {
        if (++handed > 1) return { kind: 'dead_letter', error: new Error('to see the attempts') }
        cut = (await holdAndCut(t, url, batch.batch_id)).cut
        return { kind }
      })
      const [letter] = await until(async () => {
        const letters = await queue.deadLetters(1)
        return letters.length > 0 && letters
      }, STALLED_MS_MAX)
      await cut
      assert.equal(handed, 2)
      assert.equal(letter?.attempts, 1)
    })
  }
}

function bullmqSuite({ name, freshUrl }: Store): void {
  describe(`BullMQ on ${name}`, { concurrency: false }, () => {
    test('a batch that cannot be read becomes a dead letter', async (t) => {
      const url = await freshUrl(t)
      const queue = await open(t, url, 10)
      const raw = rawQueue(t, url)
      const { zstd } = await encodeBatch(batchOf([storableEvent()]))
      const damaged = { version: 1, zstd: `${zstd.slice(0, 20)}AAAA${zstd.slice(24)}` }
      await raw.add('batch', damaged, { jobId: 'damaged', attempts: 3 })
      await raw.add('batch', { version: 2, zstd }, { jobId: 'unknown', attempts: 3 })
      await raw.add('batch', 'nonsense', { jobId: 'nonsense', attempts: 3 })
      consume(t, queue, async () => assert.fail('No batch may be delivered.'))
      await until(async () => (await queue.counts()).dead_letters === 3)
      const letters = new Map((await queue.deadLetters(10)).map((letter) => [letter.batch_id, letter]))
      assert.match(letters.get('unknown')?.error ?? '', /does not know batches of version 2/)
      for (const id of ['damaged', 'nonsense']) {
        assert.match(letters.get(id)?.error ?? '', /^Cannot read the batch/)
        assert.equal(letters.get(id)?.attempts, 1)
      }
      assert.deepEqual((await raw.getJob('damaged'))?.data, damaged)
    })

    test('a batch that waits for a retry is counted as delayed', async (t) => {
      const queue = await open(t, await freshUrl(t), 600_000)
      const batch = batchOf([storableEvent()])
      await queue.enqueue(batch)
      const consumer = consume(t, queue, async () => ({ kind: 'retry', error: new Error('later') }))
      await until(async () => (await queue.counts()).delayed === 1)
      await consumer.stop()
      assert.deepEqual(await queue.counts(), { waiting: 0, active: 0, delayed: 1, dead_letters: 0 })
      const { waiting, delayed } = await queue.oldest()
      assert.deepEqual([waiting, delayed?.batch_id], [undefined, batch.batch_id])
    })

    retrySuite(freshUrl)
  })
}

function retrySuite(freshUrl: Store['freshUrl']): void {
  test('retries more dead letters than fit on one page', async (t) => {
    const queue = await open(t, await freshUrl(t), 10)
    const batches = Array.from({ length: 250 }, () => batchOf([storableEvent()]))
    for (const batch of batches) await queue.enqueue(batch)
    let repaired = false
    const refused = { kind: 'dead_letter', error: new Error('no') } as const
    consume(t, queue, async () => (repaired ? { kind: 'done' } : refused), 20)
    await until(async () => (await queue.counts()).dead_letters === 250)
    repaired = true
    assert.equal(await queue.retryDeadLetters(), 250)
    const nothing = { waiting: 0, active: 0, delayed: 0, dead_letters: 0 }
    await until(async () => JSON.stringify(await queue.counts()) === JSON.stringify(nothing))
  })

  test('two concurrent retries put each dead letter back once', async (t) => {
    const queue = await open(t, await freshUrl(t), 10)
    for (let n = 0; n < 150; n++) await queue.enqueue(batchOf([storableEvent()]))
    const refused = { kind: 'dead_letter', error: new Error('no') } as const
    const consumer = consume(t, queue, async () => refused, 20)
    await until(async () => (await queue.counts()).dead_letters === 150)
    await consumer.stop()
    const retried = await Promise.all([queue.retryDeadLetters(), queue.retryDeadLetters()])
    assert.equal(retried[0] + retried[1], 150)
    assert.deepEqual(await queue.counts(), { waiting: 150, active: 0, delayed: 0, dead_letters: 0 })
  })
}

async function open(t: TestContext, url: string, delayMs: number): Promise<BullmqQueue> {
  const queue = await openBullmqQueue(url, () => {}, { retryPolicy: { attempts: ATTEMPTS, delayMs } })
  onEnd(t, () => queue.close())
  return queue
}

/**
 * Locks the job of the batch, so that recording its outcome has to wait, and cuts the first connection that waits.
 * @returns the cut as a property, so that awaiting this function does not await the cut
 */
async function holdAndCut(t: TestContext, url: string, batchId: string): Promise<{ cut: Promise<void> }> {
  const holder = new pg.Client(url)
  await holder.connect()
  onEnd(t, () => holder.end())
  await holder.query('begin')
  const { rowCount } = await holder.query('select from bullmq.job where id = $1 for update', [batchId])
  assert.equal(rowCount, 1)
  const cutFirst = async () => {
    await until(async () => {
      const { rows } = await holder.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid))`,
      )
      return rows.length > 0
    })
    await holder.query('rollback')
  }
  return { cut: cutFirst() }
}

/** Opens the same queue through BullMQ alone, to add jobs that Playtrace would never add. */
function rawQueue(t: TestContext, url: string): Queue {
  const isPostgres = isPostgresUrl(url)
  const backend = isPostgres ? (createPostgresBackend as unknown as typeof createRedisBackend) : createRedisBackend
  const connection = (isPostgres ? { connectionString: url } : { url }) as { url: string }
  const queue = new Queue('playtrace-events', { connection }, backend)
  onEnd(t, () => queue.close())
  return queue
}

function present<T>(open: (t: TestContext) => Promise<T | undefined>): (t: TestContext) => Promise<T> {
  return async (t) => {
    const opened = await open(t)
    assert.ok(opened !== undefined, 'There is no Redis.')
    return opened
  }
}
