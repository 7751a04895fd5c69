// What operators ask of the queue, answered by BullMQ.
import type { Job, JobType, Queue } from 'bullmq'
import { decodeBatch, type EncodedBatch, type EventBatch } from '../ingest/event-batch.ts'
import type { BatchSearch, BatchState, DeadLetter, OldBatch, QueueInspector } from './queue-inspector.ts'

/** More than are stored at the same time, and more than the count changes between counting and listing. */
const OLDEST_PAGE = 200
const RETRY_PAGE = 100
const ALL_ATTEMPTS = { resetAttemptsMade: true, resetAttemptsStarted: true }

type Jobs = Queue<EncodedBatch>

export function inspectJobs(queue: Jobs): QueueInspector {
  return {
    async counts() {
      const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'failed')
      return {
        waiting: counts['waiting'] ?? 0,
        active: counts['active'] ?? 0,
        delayed: counts['delayed'] ?? 0,
        dead_letters: counts['failed'] ?? 0,
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
    deadLetters: async (limit) => (await failedJobs(queue, limit)).map(deadLetterOf),
    retryDeadLetters: () => retryFailedJobs(queue),
    findBatches: (matches, batchesMax) => searchJobs(queue, matches, batchesMax),
  }
}

/** BullMQ lists a job that is removed at the same moment as undefined, which its type does not say. */
async function failedJobs(queue: Jobs, limit: number): Promise<Job<EncodedBatch>[]> {
  const jobs: (Job<EncodedBatch> | undefined)[] = await queue.getJobs(['failed'], 0, limit - 1)
  return jobs.filter((job) => job !== undefined)
}

function deadLetterOf(job: Job<EncodedBatch>): DeadLetter {
  return {
    batch_id: String(job.id),
    enqueued_at: new Date(job.timestamp),
    attempts: job.attemptsMade,
    error: job.failedReason ?? '',
  }
}

/** Job by job: on Redis, BullMQ's retryJobs leaves the attempts used up. */
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

/** @returns false where the job has left the dead letters meanwhile: somebody else has retried or removed it */
async function retryJob(job: Job<EncodedBatch>): Promise<boolean> {
  try {
    await job.retry('failed', ALL_ATTEMPTS)
    return true
  } catch (error) {
    if (await job.isFailed()) throw error
    return false
  }
}

/** Compares ids alone, which are made in the order of time: the batches themselves are large. */
async function oldestOf(queue: Jobs, state: 'waiting' | 'active' | 'delayed'): Promise<OldBatch | undefined> {
  // The PostgreSQL backend lists what waits newest first, whatever order is asked for: the oldest is at the end, and
  // meanwhile batches come and go.
  const { [state]: count = 0 } = await queue.getJobCounts(state)
  const ids = await queue.getRanges([state], Math.max(0, count - OLDEST_PAGE), count + OLDEST_PAGE)
  const oldest = ids.sort()[0]
  const job = oldest && (await queue.getJob(oldest))
  return job ? { batch_id: String(job.id), enqueued_at: new Date(job.timestamp) } : undefined
}

/** In the order in which a batch passes through them: one that moves on meanwhile is met again, not missed. */
const STATES: [JobType, BatchState][] = [
  ['waiting', 'waiting'],
  ['active', 'active'],
  ['delayed', 'delayed'],
  ['failed', 'dead_letter'],
]

async function searchJobs(
  queue: Jobs,
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
