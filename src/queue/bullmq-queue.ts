// The queue on BullMQ. The URL's scheme selects PostgreSQL or Redis. Only the files bullmq-*.ts know BullMQ.
import { type ConnectionOptions, type JobsOptions, Queue, runMigrations } from 'bullmq'
import pg from 'pg'
import { type EncodedBatch, encodeBatch } from '../ingest/event-batch.ts'
import { backendOf, consumeBatches, type ReportError } from './bullmq-consumer.ts'
import { inspectJobs } from './bullmq-inspector.ts'
import { type EventQueue, QueueUnavailable } from './event-queue.ts'
import { CONNECT_TIMEOUT_MS, isPostgresUrl, producerConnection, QUEUE_NAME } from './queue-connection.ts'
import type { QueueInspector } from './queue-inspector.ts'
import type { RedisStore } from './redis-store.ts'

const JOB_NAME = 'batch'

/** How often a batch is tried, and the pause after the first failure; each further pause is twice as long. */
interface RetryPolicy {
  attempts: number
  delayMs: number
}

/** A quarter of an hour of tries, about: each delay is twice the one before, less up to half for jitter. */
const RETRY_POLICY: RetryPolicy = { attempts: 12, delayMs: 500 }

/** BullMQ's defaults lose events: one attempt, and a batch whose worker is killed twice is failed. */
function jobOptions({ attempts, delayMs }: RetryPolicy): JobsOptions {
  return {
    attempts,
    backoff: { type: 'exponential', delay: delayMs, jitter: 0.5 },
    removeOnComplete: true,
    removeOnFail: false,
  }
}

/** A server that has not accepted a connection by then counts as unreachable. */
const OPEN_MS_MAX = 10_000

/** Prepares the database for the queue; safe when several processes do it at once. Redis needs nothing. */
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
  /** Set where the queue is on Redis or Valkey. */
  readonly redis?: RedisStore
}

/** @param url `postgres://…` (after {@link migrateQueue}), `redis://…` or `rediss://…` */
export async function openBullmqQueue(
  url: string,
  reportError: ReportError,
  retryPolicy = RETRY_POLICY,
): Promise<BullmqQueue> {
  const backend = backendOf(url)
  const queue = new Queue<EncodedBatch>(
    QUEUE_NAME,
    { connection: producerConnection(url) as ConnectionOptions, defaultJobOptions: jobOptions(retryPolicy) },
    backend,
  )
  queue.on('error', reportError)
  await reached(queue)

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

    // Forced: closing politely fails when the server is away, and leaves a connection that retries for ever.
    close: () => queue.getBackend().close(true),
    ...(isPostgresUrl(url) ? {} : { redis: redisStore(queue) }),
  }
}

/** BullMQ itself would wait without limit for a Redis that is not there. */
async function reached(queue: Queue): Promise<void> {
  const late = Promise.withResolvers<never>()
  let cause = new Error('no answer')
  queue.on('error', (error) => {
    cause = error
  })
  const timer = setTimeout(() => late.reject(cause), OPEN_MS_MAX)
  try {
    await Promise.race([queue.waitUntilReady(), late.promise])
  } catch (error) {
    await queue.getBackend().close(true)
    throw new QueueUnavailable(`The queue cannot be reached: ${(error as Error).message}.`, { cause: error })
  } finally {
    clearTimeout(timer)
  }
}

function redisStore(queue: Queue<EncodedBatch>): RedisStore {
  const client = () => queue.getBackend().client
  return {
    info: async () => (await client()).info(),
    async setting(name) {
      try {
        const answer = (await (await client()).runCommand('config', ['GET', name])) as string[]
        return answer[1]
      } catch (error) {
        // Managed servers answer that they know no such command, or that the user may not run it.
        if (/^(ERR|NOPERM)/.test((error as Error).message)) return undefined
        throw error
      }
    },
  }
}
