// The queue on a Redis that changes its role, loses its replicas, or is away when the process starts.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { Redis } from 'ioredis'
import { batchOf, storableEvent } from '../../test/batches.ts'
import { onEnd } from '../../test/on-end.ts'
import { findRedisServer, type RedisServer, startRedisServer } from '../../test/redis-server.ts'
import { until } from '../../test/until.ts'
import { startTcpProxy } from '../../tools/chaos/tcp-proxy.ts'
import { openBullmqQueue, type QueueOptions } from './bullmq-queue.ts'
import { QueueUnavailable } from './event-queue.ts'

const oneEvent = () => batchOf([storableEvent()])
const portOf = ({ url }: RedisServer) => Number(new URL(url).port)

async function startRedis(t: TestContext, settings: Record<string, string> = {}) {
  const server = await startRedisServer(findRedisServer() as string, { settings })
  onEnd(t, () => server.stop())
  const client = new Redis(server.url)
  client.on('error', () => {}) // the server is killed on purpose
  onEnd(t, async () => client.disconnect())
  return { server, client }
}

async function open(t: TestContext, url: string, options: Partial<QueueOptions> = {}) {
  const queue = await openBullmqQueue(url, () => {}, options)
  onEnd(t, () => queue.close())
  return queue
}

/** Without a Redis, its tests are not run, and test/run.ts reports that. */
describe('Redis', { skip: !process.env['TEST_REDIS_URL'] && 'no Redis', concurrency: true }, () => {
  rolesSuite()
  replicasSuite()
})

function rolesSuite(): void {
  test('that is demoted with its connections open: the queue goes on with the new primary', async (t) => {
    const [old, next] = [await startRedis(t), await startRedis(t)]
    let target = portOf(old.server)
    const proxy = await startTcpProxy(async () => target)
    onEnd(t, () => proxy.close())
    const url = `redis://127.0.0.1:${proxy.port}`
    const queue = await open(t, url)
    const stored: string[] = []
    const consumer = queue.consume(async ({ batch_id }) => {
      stored.push(batch_id)
      return { kind: 'done' }
    }, 1)
    onEnd(t, () => consumer.stop())
    await queue.enqueue(oneEvent())
    await until(() => stored.length === 1)

    await old.client.replicaof('127.0.0.1', portOf(next.server))
    target = portOf(next.server)
    const batch = oneEvent()
    await until(
      () =>
        queue.enqueue(batch).then(
          () => true,
          () => false,
        ),
      5_000,
    )
    await until(() => stored.includes(batch.batch_id), 15_000)
  })

  test('that is demoted: verifyWritable fails, although the queue can be read', async (t) => {
    const { server, client } = await startRedis(t)
    const queue = await open(t, server.url)
    await queue.verifyWritable()
    await client.replicaof('127.0.0.1', 1)
    await assert.rejects(queue.verifyWritable(), QueueUnavailable)
    await client.replicaof('NO', 'ONE')
    await until(() =>
      queue.verifyWritable().then(
        () => true,
        () => false,
      ),
    )
    assert.deepEqual(await client.keys('bull:playtrace-probe:[0-9]*'), [])
  })
}

function replicasSuite(): void {
  test('that requires replicas and has none (NOREPLICAS): verifyWritable fails', async (t) => {
    const { server } = await startRedis(t, { 'min-replicas-to-write': '1' })
    const queue = await open(t, server.url)
    await assert.rejects(queue.verifyWritable(), QueueUnavailable)
  })

  test('with QUEUE_REPLICAS_MIN, an enqueue waits for the replica', async (t) => {
    const { server, client } = await startRedis(t)
    const replica = await startRedis(t)
    await replica.client.replicaof('127.0.0.1', portOf(server))
    await until(async () => (await client.info('replication')).includes('state=online'))
    const queue = await open(t, server.url, { replicasMin: 1 })
    await queue.enqueue(oneEvent())
    assert.equal(await replica.client.llen('bull:playtrace-events:wait'), 1)

    replica.server.kill('SIGSTOP')
    await assert.rejects(queue.enqueue(oneEvent()), ({ cause }: Error) =>
      /^0 of 1 replicas \(QUEUE_REPLICAS_MIN\) confirmed/.test((cause as Error).message),
    )
    await assert.rejects(queue.verifyWritable(), QueueUnavailable)
    assert.equal(await client.llen('bull:playtrace-probe:wait'), 0, 'no probe is left')
    replica.server.kill('SIGCONT')
    await until(() =>
      queue.enqueue(oneEvent()).then(
        () => true,
        () => false,
      ),
    )
  })
}
