// The measurements of the overload check on real stores: the backlog of the queue and the free disk space.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { batchOf, storableEvent } from '../../test/batches.ts'
import { freshRedis } from '../../test/fresh-redis.ts'
import { onEnd } from '../../test/on-end.ts'
import { closeDatabase, connect, freshDatabase } from '../../test/stores.ts'
import { until } from '../../test/until.ts'
import { readConfig } from '../config.ts'
import { Lifecycle } from '../lifecycle.ts'
import { type BullmqQueue, openBullmqQueue } from '../queue/bullmq-queue.ts'
import type { Outcome } from '../queue/event-queue.ts'
import { loadSources } from './load-sources.ts'

const BATCHES = 5
/** Random text, which PostgreSQL cannot compress well and stores outside of the row. */
const largeBatch = () => {
  const random = Array.from({ length: 4_000 }, () => Math.random().toString(36)).join('')
  return batchOf([storableEvent({ properties: JSON.stringify({ random }) })])
}

async function open(t: TestContext, queueUrl: string, environment: NodeJS.ProcessEnv = {}) {
  const queue = await openBullmqQueue(queueUrl, () => {}, { retryPolicy: { attempts: 2, delayMs: 600_000 } })
  onEnd(t, () => queue.close())
  const lifecycle = new Lifecycle()
  onEnd(t, () => lifecycle.close())
  const config = readConfig({ DATABASE_URL: 'postgres://elsewhere/d', ...environment })
  const errors: Error[] = []
  const reportError = (error: Error) => errors.push(error)
  const sources = loadSources(config, { queue, queueUrl, lifecycle, reportError })
  return { queue, errors, ...sources }
}

/** Of five batches, one is active, one is delayed and one is a dead letter, so four are not stored yet. */
async function spread(t: TestContext, queue: BullmqQueue): Promise<void> {
  const outcomes: (() => Promise<Outcome> | Outcome)[] = [
    () => ({ kind: 'retry', error: new Error('later') }),
    () => ({ kind: 'dead_letter', error: new Error('never') }),
    () => new Promise<Outcome>((resolve) => onEnd(t, () => resolve({ kind: 'done' }))),
  ]
  for (let batch = 0; batch < BATCHES; batch++) await queue.enqueue(largeBatch())
  const consumer = queue.consume(async () => (await outcomes.shift()?.()) as Outcome, 1)
  onEnd(t, () => consumer.stop())
  const expected = { waiting: 2, active: 1, delayed: 1, dead_letters: 1 }
  await until(async () => JSON.stringify(await queue.counts()) === JSON.stringify(expected))
}

describe('the backlog', { concurrency: true }, () => {
  test('on PostgreSQL: the batches that are not stored yet, counted up to a tenth beyond the limit, and their bytes', async (t) => {
    const url = await freshDatabase(t)
    const { queue, readBacklog } = await open(t, url)
    assert.deepEqual(await readBacklog(), { batches: 0, bytes: 0 })
    await spread(t, queue)
    const { batches, bytes } = await readBacklog()
    assert.equal(batches, 4)
    assert.ok(bytes > 4 * 30_000 && bytes < 4 * 70_000, `${bytes} bytes`)

    const limited = await open(t, url, { BACKLOG_BATCHES_MAX: '2' })
    assert.equal((await limited.readBacklog()).batches, 3)
    const unlimited = await open(t, url, { BACKLOG_BATCHES_MAX: '0' })
    assert.equal((await unlimited.readBacklog()).batches, 4)
  })

  test('on Redis: the batches that are not stored yet, the memory in use, and the memory limit', async (t) => {
    const url = await freshRedis(t)
    if (!url) return
    const { queue, readBacklog } = await open(t, url)
    const before = await readBacklog()
    assert.equal(before.batches, 0)
    await spread(t, queue)
    const { batches, bytes, bytesMax } = await readBacklog()
    assert.equal(batches, 4)
    assert.ok(bytes > 1024 * 1024 && (bytesMax ?? 0) > bytes, `${bytes} of ${bytesMax}`)
  })

  test('a PostgreSQL that rejects the query does not count as unavailable; one that is gone does', async (t) => {
    const url = await freshDatabase(t)
    const { readBacklog, errors } = await open(t, url)
    await connect(t, url).query('alter table bullmq.job rename to elsewhere')
    assert.deepEqual(await readBacklog(), { batches: 0, bytes: 0 })
    assert.match(errors[0]?.message ?? '', /job/)
    await closeDatabase(url)
    await assert.rejects(readBacklog(), { code: 'DATABASE_AWAY' })
  })
})

test('the disk of the data folder is measured only with an embedded database and a limit', async (t) => {
  const queueUrl = await freshDatabase(t)
  const embedded = { DATABASE_URL: '', PLAYTRACE_DATA_DIR: import.meta.dirname }
  const { readDisk } = await open(t, queueUrl, embedded)
  const { freeBytes, totalBytes } = (await readDisk?.()) ?? assert.fail()
  assert.ok(freeBytes > 0 && freeBytes <= totalBytes, `${freeBytes} of ${totalBytes}`)
  assert.equal((await open(t, queueUrl)).readDisk, undefined, 'elsewhere')
  const unwatched = { ...embedded, DISK_FREE_BYTES_MIN: '0' }
  assert.equal((await open(t, queueUrl, unwatched)).readDisk, undefined, 'switched off')
})
