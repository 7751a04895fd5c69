// The consuming half of the queue on BullMQ: passes batches to a handler and records the outcome of each.
import { setTimeout as delay } from 'node:timers/promises'
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
  /** The batches of a killed worker wait at most for `lockDuration` and the next check, then another worker gets them. */
  lockDuration: 10_000,
  stalledInterval: 5_000,
  /** No limit, because a killed worker is never the fault of a batch. This is the largest value that PostgreSQL accepts. */
  maxStalledCount: 2 ** 31 - 1,
  /** The pause before the next request to a queue that could not be reached. */
  runRetryDelay: 1_000,
}

/** Receives errors that happen outside of any call, such as a dropped connection or a lost lock. */
export type ReportError = (error: Error) => void

/** BullMQ's types allow only one kind of connection. At run time, each backend gets its own kind. */
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
  const options = {
    connection: consumerConnection(url, concurrency) as ConnectionOptions,
    concurrency,
    ...WORKER_OPTIONS,
  }
  const stopping = new AbortController()
  let worker = startWorker()
  return {
    stop() {
      stopping.abort()
      return worker.close()
    },
  }

  function startWorker(): BatchWorker {
    const started = new BatchWorker(QUEUE_NAME, (job, token) => handleJob(job, token, handle), options, backendOf(url))
    started.on('error', reportError)
    // On PostgreSQL, a worker that could not connect at first keeps that failure for ever.
    started.waitUntilReady().catch(async () => {
      await started.close(true).catch(reportError)
      await delay(WORKER_OPTIONS.runRetryDelay, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (!stopping.signal.aborted) worker = startWorker()
    })
    return started
  }
}

/** The handler reported a failure, so an attempt of the batch is used up. */
class AttemptFailed extends Error {}

/**
 * BullMQ also counts an attempt if it could not record the result itself, as when the connection breaks after the batch was
 * stored. Here such a batch stays active without a new attempt until its lock expires. Then it is consumed again.
 */
class BatchWorker extends Worker<EncodedBatch> {
  /** BullMQ pauses only after errors of the connection. It would repeat a request that the server refuses thousands of times. */
  protected override async moveToActive(
    ...request: Parameters<Worker<EncodedBatch>['moveToActive']>
  ): Promise<Job<EncodedBatch>> {
    try {
      return await super.moveToActive(...request)
    } catch (error) {
      if (!this.closing) await delay(WORKER_OPTIONS.runRetryDelay)
      throw error
    }
  }

  protected override async handleFailed(
    ...failure: Parameters<Worker<EncodedBatch>['handleFailed']>
  ): Promise<Job<EncodedBatch>> {
    const [error] = failure
    const isOutcome = [AttemptFailed, UnrecoverableError, WaitingError].some((kind) => error instanceof kind)
    if (isOutcome) return super.handleFailed(...failure)
    this.emit('error', error)
    // No next job. BullMQ accepts undefined here, but its type does not allow it.
    return undefined as unknown as Job<EncodedBatch>
  }
}

async function handleJob(job: Job<EncodedBatch>, token: string | undefined, handle: HandleBatch): Promise<void> {
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
    throw new UnrecoverableError(`Cannot read the batch: ${(error as Error).message}`)
  }
}
