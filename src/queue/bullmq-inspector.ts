// The queue inspector on BullMQ.
import type { Job, Queue } from 'bullmq'
import { decodeBatch, type EncodedBatch, type EventBatch } from '../ingest/event-batch.ts'
import type { BatchSearch, OldestBatches, QueueInspector } from './queue-inspector.ts'

/** Larger than the number of batches that are stored or added between counting the jobs and listing them. */
const OLDEST_PAGE = 200
const RETRY_PAGE = 100
const ALL_ATTEMPTS = { resetAttemptsMade: true, resetAttemptsStarted: true }

/** In the order in which a batch passes through them, so that a batch that moves during a search is not missed. */
const STATES = ['waiting', 'active', 'delayed', 'failed'] as const

type Jobs = Queue<EncodedBatch>

export function inspectJobs(queue: Jobs): QueueInspector {
  return {
    async counts() {
      const { waiting = 0, active = 0, delayed = 0, failed = 0 } = await queue.getJobCounts(...STATES)
      return { waiting, active, delayed, dead_letters: failed }
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
      const jobs = await failedJobs(queue, limit)
      return jobs.map((job) => ({ batch_id: String(job.id), ...historyOf(job) }))
    },
    retryDeadLetters: () => retryFailedJobs(queue),
    findBatches: (matches, batchesMax) => searchJobs(queue, matches, batchesMax),
  }
}

/** BullMQ lists a job that is removed at the same time as undefined, which its type does not allow. */
async function failedJobs(queue: Jobs, limit: number): Promise<Job<EncodedBatch>[]> {
  const jobs: (Job<EncodedBatch> | undefined)[] = await queue.getJobs(['failed'], 0, limit - 1)
  return jobs.filter((job) => job !== undefined)
}

function historyOf({ timestamp, attemptsMade, failedReason = '' }: Job<EncodedBatch>) {
  return { enqueued_at: new Date(timestamp), attempts: attemptsMade, error: failedReason }
}

/** Retries each job by itself, because on Redis BullMQ's retryJobs does not reset the attempts. */
async function retryFailedJobs(queue: Jobs): Promise<number> {
  const { failed = 0 } = await queue.getJobCounts('failed')
  let retried = 0
  for (let listed = 0; listed < failed; ) {
    const jobs = await failedJobs(queue, Math.min(failed - listed, RETRY_PAGE))
    if (jobs.length === 0) break
    listed += jobs.length
    const results = await Promise.all(jobs.map(retryJob))
    retried += results.filter(Boolean).length
  }
  return retried
}

/** @returns false if the job is no longer a dead letter, because another command has retried or removed it */
async function retryJob(job: Job<EncodedBatch>): Promise<boolean> {
  try {
    await job.retry('failed', ALL_ATTEMPTS)
    return true
  } catch (error) {
    if (await job.isFailed()) throw error
    return false
  }
}

/** Compares only ids, which are in the order of time, because reading the batches is expensive. */
async function oldestOf(queue: Jobs, state: keyof OldestBatches) {
  // The PostgreSQL backend ignores the requested order and lists the newest first, so the oldest is at the end. A whole page
  // is read, because the number of batches changes between the two requests.
  const { [state]: count = 0 } = await queue.getJobCounts(state)
  const ids = await queue.getRanges([state], Math.max(0, count - OLDEST_PAGE), count + OLDEST_PAGE)
  const oldest = ids.sort()[0]
  const job = oldest && (await queue.getJob(oldest))
  return job ? { batch_id: String(job.id), enqueued_at: new Date(job.timestamp) } : undefined
}

async function searchJobs(
  queue: Jobs,
  matches: (batch: EventBatch) => boolean,
  batchesMax: number,
): Promise<BatchSearch> {
  const search: BatchSearch = { found: [], searched: 0, left_out: 0 }
  for (const type of STATES) {
    const count = await queue.getJobCountByTypes(type)
    // Both backends list the newest first. Jobs are then read by id, because positions shift as batches come and go.
    const ids = await queue.getRanges([type], 0, batchesMax - 1)
    // A page that is not full contains every batch, even if the earlier count was higher.
    if (ids.length === batchesMax) search.left_out += Math.max(0, count - ids.length)
    for (const id of ids) {
      const job = await queue.getJob(id)
      if (!job) continue // it has completed since it was listed
      search.searched++
      const batch = readableBatch(job)
      if (!batch || !matches(batch)) continue
      const state = type === 'failed' ? 'dead_letter' : type
      search.found.push({ batch, state, ...historyOf(job) })
    }
  }
  return search
}

function readableBatch(job: Job<EncodedBatch>): EventBatch | undefined {
  try {
    return decodeBatch(job.data)
  } catch {
    return undefined // the consumer makes it a dead letter with the reason
  }
}
