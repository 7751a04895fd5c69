// The queue on BullMQ. The scheme of the URL selects PostgreSQL or Redis. Only the files bullmq-*.ts use BullMQ.
import { type ConnectionOptions, Queue, runMigrations } from 'bullmq'
import pg from 'pg'
import { reasonOf } from '../error-reason.ts'
import { type EncodedBatch, encodeBatch } from '../ingest/event-batch.ts'
import { backendOf, consumeBatches, type ReportError } from './bullmq-consumer.ts'
import { inspectJobs } from './bullmq-inspector.ts'
import { confirmByReplicas, redisStore } from './bullmq-redis.ts'
import { type EventQueue, QueueUnavailable } from './event-queue.ts'
import {
  isPostgresUrl,
  migrationConnection,
  PRODUCER_CONNECTIONS_MAX,
  producerConnection,
  QUEUE_NAME,
} from './queue-connection.ts'
import type { QueueInspector } from './queue-inspector.ts'
import type { RedisStore } from './redis-store.ts'

const JOB_NAME = 'batch'
const INSUFFICIENT_PRIVILEGE = '42501'
/** Holds a job only while {@link EventQueue.verifyWritable} runs. It has no consumer. */
const PROBE_QUEUE_NAME = 'playtrace-probe'

/**
 * A failing batch is retried for about a quarter of an hour. `delayMs` is the delay after the first failure. Each further
 * delay is twice as long, minus a random part of up to half.
 */
const RETRY_POLICY = { attempts: 12, delayMs: 500 }

export interface QueueOptions {
  /** Connections to PostgreSQL for enqueueing. Redis uses one. */
  connectionsMax: number
  /** An enqueue waits until this many replicas of Redis have the batch. */
  replicasMin: number
  retryPolicy: typeof RETRY_POLICY
}

const DEFAULTS: QueueOptions = {
  connectionsMax: PRODUCER_CONNECTIONS_MAX,
  replicasMin: 0,
  retryPolicy: RETRY_POLICY,
}

/** A server that has not accepted a connection within this time counts as unreachable. */
const OPEN_MS_MAX = 10_000

/** Creates or updates the tables of the queue. Several processes may do this at the same time. Redis needs no schema. */
export async function migrateQueue(url: string): Promise<void> {
  if (!isPostgresUrl(url)) return
  const client = new pg.Client(migrationConnection(url))
  // A cut connection also fails the query that uses it.
  client.on('error', () => {})
  await client.connect()
  try {
    await runMigrations(client).catch((error: pg.DatabaseError) => {
      if (error.code !== INSUFFICIENT_PRIVILEGE) throw error
      return runMigrations(withoutCreatingSchema(client))
    })
  } finally {
    await client.end()
  }
}

/** BullMQ creates its schema unless it exists. PostgreSQL asks for the right to create schemas in both cases. */
function withoutCreatingSchema(client: pg.Client): Pick<pg.Client, 'query'> {
  const query = async (text: string, values?: unknown[]) =>
    /^CREATE SCHEMA/.test(text) ? { rows: [] } : client.query(text, values)
  return { query: query as pg.Client['query'] }
}

export interface BullmqQueue extends EventQueue, QueueInspector {
  close(): Promise<void>
  /** Set if the queue is on Redis or Valkey. */
  readonly redis?: RedisStore
}

/**
 * @param url `postgres://…` (after {@link migrateQueue}), `redis://…` or `rediss://…`
 * @throws QueueUnavailable if the server cannot be reached
 */
export async function openBullmqQueue(
  url: string,
  reportError: ReportError,
  options: Partial<QueueOptions> = {},
): Promise<BullmqQueue> {
  const { connectionsMax, replicasMin, retryPolicy } = { ...DEFAULTS, ...options }
  const connection = producerConnection(url, connectionsMax) as ConnectionOptions
  const backoff = { type: 'exponential', delay: retryPolicy.delayMs, jitter: 0.5 }
  const defaultJobOptions = {
    attempts: retryPolicy.attempts,
    backoff,
    removeOnComplete: true,
    removeOnFail: false,
  }
  const queue = new Queue<EncodedBatch>(QUEUE_NAME, { connection, defaultJobOptions }, backendOf(url))
  queue.on('error', reportError)
  await waitUntilReachable(queue)
  const probe = new Queue(PROBE_QUEUE_NAME, { connection, skipMetasUpdate: true }, (name) =>
    queue.getBackend().forQueue(name),
  )
  const confirmed =
    replicasMin > 0 ? await confirmByReplicas(queue, replicasMin) : <T>(write: () => Promise<T>) => write()

  return {
    async enqueue(batch) {
      const data = await encodeBatch(batch)
      await confirmed(() => queue.add(JOB_NAME, data, { jobId: batch.batch_id })).catch(throwUnavailable)
    },

    async verifyWritable() {
      await confirmed(async () => (await probe.add('probe', {})).remove()).catch(throwUnavailable)
    },

    consume: (handle, concurrency) => consumeBatches(url, handle, concurrency, reportError),

    ...inspectJobs(queue),

    // Forced, because a normal close fails when the server is away and leaves a connection that reconnects for ever.
    close: () => queue.getBackend().close(true),
    ...(isPostgresUrl(url) ? {} : { redis: redisStore(queue) }),
  }
}

function throwUnavailable(cause: Error): never {
  throw new QueueUnavailable('The queue did not confirm the batch.', { cause })
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
    throw new QueueUnavailable(sentenceOf(error as Error), { cause: error })
  } finally {
    clearTimeout(timer)
  }
}

function sentenceOf(error: Error): string {
  if (error.name === 'SchemaMigrationRequiredError') return 'The queue has no tables. Run `playtrace migrate`.'
  return `Cannot connect to the queue: ${reasonOf(error)}.`
}
