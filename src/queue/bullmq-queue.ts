// The queue on BullMQ. The scheme of the URL selects PostgreSQL or Redis. Only the files bullmq-*.ts use BullMQ.
import { type ConnectionOptions, Queue, runMigrations } from 'bullmq'
import pg from 'pg'
import { type EncodedBatch, encodeBatch } from '../ingest/event-batch.ts'
import { backendOf, consumeBatches, type ReportError } from './bullmq-consumer.ts'
import { inspectJobs } from './bullmq-inspector.ts'
import { type EventQueue, QueueUnavailable } from './event-queue.ts'
import { CONNECT_TIMEOUT_MS, isPostgresUrl, producerConnection, QUEUE_NAME } from './queue-connection.ts'
import type { QueueInspector } from './queue-inspector.ts'
import type { RedisStore } from './redis-store.ts'

const JOB_NAME = 'batch'

/**
 * A failing batch is retried for about a quarter of an hour. `delayMs` is the delay after the first failure. Each further
 * delay is twice as long, minus a random part of up to half.
 */
const RETRY_POLICY = { attempts: 12, delayMs: 500 }

/** A server that has not accepted a connection within this time counts as unreachable. */
const OPEN_MS_MAX = 10_000

/** Creates or updates the tables of the queue. Several processes may do this at the same time. Redis needs no schema. */
export async function migrateQueue(url: string): Promise<void> {
  if (!isPostgresUrl(url)) return
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  await client.connect()
  try {
    await runMigrations(client)
  } finally {
    await client.end()
  }
}

export interface BullmqQueue extends EventQueue, QueueInspector {
  close(): Promise<void>
  /** Set if the queue is on Redis or Valkey. */
  readonly redis?: RedisStore
}

/** @param url `postgres://…` (after {@link migrateQueue}), `redis://…` or `rediss://…` */
export async function openBullmqQueue(
  url: string,
  reportError: ReportError,
  { attempts, delayMs } = RETRY_POLICY,
): Promise<BullmqQueue> {
  const connection = producerConnection(url) as ConnectionOptions
  const backoff = { type: 'exponential', delay: delayMs, jitter: 0.5 }
  const defaultJobOptions = { attempts, backoff, removeOnComplete: true, removeOnFail: false }
  const queue = new Queue<EncodedBatch>(QUEUE_NAME, { connection, defaultJobOptions }, backendOf(url))
  queue.on('error', reportError)
  await waitUntilReachable(queue)

  return {
    async enqueue(batch) {
      try {
        await queue.add(JOB_NAME, encodeBatch(batch), { jobId: batch.batch_id })
      } catch (cause) {
        throw new QueueUnavailable('The queue did not confirm the batch.', { cause })
      }
    },

    consume: (handle, concurrency) => consumeBatches(url, handle, concurrency, reportError),

    ...inspectJobs(queue),

    // Forced, because a normal close fails when the server is away and leaves a connection that reconnects for ever.
    close: () => queue.getBackend().close(true),
    ...(isPostgresUrl(url) ? {} : { redis: redisStore(queue) }),
  }
}

/** Limits the wait, because BullMQ itself waits for an unreachable Redis for ever. */
async function waitUntilReachable(queue: Queue): Promise<void> {
  const late = Promise.withResolvers<never>()
  let cause = new Error(`no answer within ${OPEN_MS_MAX / 1000} s`)
  queue.on('error', (error) => {
    cause = error
  })
  const timer = setTimeout(() => late.reject(cause), OPEN_MS_MAX)
  try {
    await Promise.race([queue.waitUntilReady(), late.promise])
  } catch (error) {
    await queue.getBackend().close(true)
    throw new QueueUnavailable(`Cannot connect to the queue: ${(error as Error).message}.`, { cause: error })
  } finally {
    clearTimeout(timer)
  }
}

function redisStore(queue: Queue<EncodedBatch>): RedisStore {
  const client = () => queue.getBackend().client
  return {
    async info() {
      const lines = (await (await client()).info()).matchAll(/^([^#:\r\n]+):(.*)/gm)
      return new Map(lines.map(([, name = '', value = '']) => [name, value]))
    },
    async setting(name) {
      try {
        const answer = (await (await client()).runCommand('config', ['GET', name])) as string[]
        return answer[1]
      } catch (error) {
        // Managed servers do not have this command, or do not allow it.
        if (/^(ERR|NOPERM)/.test((error as Error).message)) return undefined
        throw error
      }
    },
  }
}
