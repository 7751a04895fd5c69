// The queue on BullMQ: on PostgreSQL or on Redis, told apart by the URL's scheme alone. With bullmq-consumer.ts the only file that knows BullMQ.
import {
  type ConnectionOptions,
  type Job,
  type JobsOptions,
  type JobType,
  Queue,
  runMigrations,
} from 'bullmq'
import pg from 'pg'
import { decodeBatch, type EncodedBatch, type EventBatch, encodeBatch } from '../ingest/event-batch.ts'
import { backendOf, consumeBatches, type ReportError } from './bullmq-consumer.ts'
import {
  type BatchSearch,
  type BatchState,
  type EventQueue,
  type OldBatch,
  QueueUnavailable,
  type RedisStore,
} from './event-queue.ts'
import { CONNECT_TIMEOUT_MS, isPostgresUrl, producerConnection, QUEUE_NAME } from './queue-connection.ts'

export const JOB_NAME = 'batch'

/** How often a batch is tried, and the pause after the first failure; each further pause is twice as long. */
export interface RetryPolicy {
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

/** More than are in hand at once, and by more than the number of those that wait changes between counting and listing. */
const OLDEST_PAGE = 200

/** A server that lets nobody in for so long is not there. */
const OPEN_MS_MAX = 10_000

const RETRY_PAGE = 100
const ATTEMPTS_ANEW = { resetAttemptsMade: true, resetAttemptsStarted: true }

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

/** @param url `postgres://…` (after {@link migrateQueue}), `redis://…` or `rediss://…` */
export async function openBullmqQueue(
  url: string,
  reportError: ReportError,
  retryPolicy = RETRY_POLICY,
): Promise<EventQueue> {
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

    async counts() {
      const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'failed')
      return {
        waiting: counts.waiting ?? 0,
        active: counts.active ?? 0,
        delayed: counts.delayed ?? 0,
        dead_letters: counts.failed ?? 0,
      }
    },

    async oldest() {
      const [waiting, active, delayed] = await Promise.all([
        oldestOf(queue, 'waiting'),
        oldestOf(queue, 'active'),
        oldestOf(queue, 'delayed'),
      ])
      return { waiting, active, delayed }
    },

    async deadLetters(limit) {
      const jobs = await queue.getJobs(['failed'], 0, limit - 1)
      return jobs.map((job) => ({
        batch_id: String(job.id),
        enqueued_at: new Date(job.timestamp),
        attempts: job.attemptsMade,
        error: job.failedReason ?? '',
      }))
    },

    async retryDeadLetters() {
      // Job by job: on Redis, BullMQ's retryJobs leaves the attempts used up.
      const { failed = 0 } = await queue.getJobCounts('failed')
      let retried = 0
      while (retried < failed) {
        const jobs = await queue.getJobs(['failed'], 0, Math.min(failed - retried, RETRY_PAGE) - 1)
        if (jobs.length === 0) break
        await Promise.all(jobs.map((job) => job.retry('failed', ATTEMPTS_ANEW)))
        retried += jobs.length
      }
      return retried
    },

    findBatches: (matches, batchesMax) => searchJobs(queue, matches, batchesMax),

    // Forced, without a farewell: one to a server that is away fails, and leaves a connection behind that tries for ever.
    close: () => queue.getBackend().close(true),
    ...(isPostgresUrl(url) ? {} : { redis: redisStore(queue) }),
  }
}

/** BullMQ itself would wait for a Redis that is not there for ever. */
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

/** By their ids alone, which are made in the order of time: the batches themselves are large. */
async function oldestOf(
  queue: Queue<EncodedBatch>,
  state: 'waiting' | 'active' | 'delayed',
): Promise<OldBatch | undefined> {
  // The PostgreSQL backend lists what waits newest first, whatever order is asked for: the oldest is at the end, and
  // meanwhile batches come and go.
  const { [state]: count = 0 } = await queue.getJobCounts(state)
  const ids = await queue.getRanges([state], Math.max(0, count - OLDEST_PAGE), count + OLDEST_PAGE)
  const oldest = ids.sort()[0]
  const job = oldest && (await queue.getJob(oldest))
  return job ? { batch_id: String(job.id), enqueued_at: new Date(job.timestamp) } : undefined
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

/** In the order in which a batch passes through them: one that moves on meanwhile is met again, not missed. */
const STATES: [JobType, BatchState][] = [
  ['waiting', 'waiting'],
  ['active', 'active'],
  ['delayed', 'delayed'],
  ['failed', 'dead_letter'],
]

async function searchJobs(
  queue: Queue<EncodedBatch>,
  matches: (batch: EventBatch) => boolean,
  batchesMax: number,
): Promise<BatchSearch> {
  const search: BatchSearch = { found: [], searched: 0, left_out: 0 }
  for (const [type, state] of STATES) {
    const count = await queue.getJobCountByTypes(type)
    // Both backends give the newest first. By id, since positions shift while batches come and go.
    const ids = await queue.getRanges([type], 0, batchesMax - 1)
    // A page that is not full holds all there is, whatever was counted a moment before it.
    if (ids.length === batchesMax) search.left_out += Math.max(0, count - ids.length)
    for (const id of ids) {
      const job = await queue.getJob(id)
      if (!job) continue // completed meanwhile
      search.searched++
      const batch = readableBatch(job)
      if (!batch || !matches(batch)) continue
      const { attemptsMade: attempts, failedReason: error = '' } = job
      search.found.push({ batch, state, enqueued_at: new Date(job.timestamp), attempts, error })
    }
  }
  return search
}

function readableBatch(job: Job<EncodedBatch>): EventBatch | undefined {
  try {
    return decodeBatch(job.data)
  } catch {
    return undefined // it will be a dead letter, which says why
  }
}
