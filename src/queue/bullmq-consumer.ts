// The consuming half of the queue on BullMQ: hands out batches, and notes what became of each.
import {
  type ConnectionOptions,
  createPostgresBackend,
  createRedisBackend,
  type Job,
  UnrecoverableError,
  WaitingError,
  Worker,
} from 'bullmq'
import { decodeBatch, type EncodedBatch } from '../ingest/event-batch.ts'
import type { Consumer, HandleBatch, Outcome } from './event-queue.ts'
import { consumerConnection, isPostgresUrl, QUEUE_NAME } from './queue-connection.ts'

const WORKER_OPTIONS = {
  /** How long the batches of a killed worker wait for another, at most: the lock's time and the next check. */
  lockDuration: 10_000,
  stalledInterval: 5_000,
  /** A kill is never a batch's fault. (The largest integer that the PostgreSQL backend takes.) */
  maxStalledCount: 2 ** 31 - 1,
  /** Pause before asking again a queue that could not be reached. */
  runRetryDelay: 1_000,
}

/** What goes wrong between calls (a dropped connection, a lock that was lost) has no caller to tell. */
export type ReportError = (error: Error) => void

/** BullMQ's types can name one kind of connection at a time; each backend is given its own kind, below. */
const POSTGRES_BACKEND = createPostgresBackend as unknown as typeof createRedisBackend

export function backendOf(url: string): typeof createRedisBackend {
  return isPostgresUrl(url) ? POSTGRES_BACKEND : createRedisBackend
}

export function consumeBatches(
  url: string,
  handle: HandleBatch,
  concurrency: number,
  reportError: ReportError,
): Consumer {
  const worker = new BatchWorker(
    QUEUE_NAME,
    (job, token) => handleJob(job, token, handle),
    {
      connection: consumerConnection(url, concurrency) as ConnectionOptions,
      concurrency,
      ...WORKER_OPTIONS,
    },
    backendOf(url),
  )
  worker.on('error', reportError)
  return { stop: () => worker.close() }
}

/** The batch's own failure: an attempt of it is over. */
class AttemptFailed extends Error {}

/**
 * BullMQ counts an attempt also where it could not note the result itself: a connection cut at that moment, with the batch
 * stored. Such a batch is left as it is: its lock runs out, and it is handed out again.
 */
class BatchWorker extends Worker<EncodedBatch> {
  protected override async handleFailed(
    ...failure: Parameters<Worker<EncodedBatch>['handleFailed']>
  ): Promise<Job<EncodedBatch>> {
    const [error] = failure
    const isOutcome = [AttemptFailed, UnrecoverableError, WaitingError].some((kind) => error instanceof kind)
    if (isOutcome) return super.handleFailed(...failure)
    this.emit('error', error)
    return NO_NEXT_JOB
  }
}

/** The type says that there is always one. */
const NO_NEXT_JOB = undefined as unknown as Job<EncodedBatch>

async function handleJob(
  job: Job<EncodedBatch>,
  token: string | undefined,
  handle: HandleBatch,
): Promise<void> {
  const batch = decodeJob(job)
  const outcome: Outcome = await handle(batch).catch((error) => ({ kind: 'retry', error }))
  switch (outcome.kind) {
    case 'done':
      return
    case 'retry':
      throw new AttemptFailed(outcome.error.message, { cause: outcome.error })
    case 'release':
      await job.moveToWait(token)
      throw new WaitingError()
    case 'dead_letter':
      throw new UnrecoverableError(outcome.error.message)
  }
}

function decodeJob(job: Job<EncodedBatch>) {
  try {
    return decodeBatch(job.data)
  } catch (error) {
    throw new UnrecoverableError(`The batch cannot be read: ${(error as Error).message}`)
  }
}
