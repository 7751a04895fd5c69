// Delivers a stream of events in several concurrent requests and counts accepted and rejected events.
import { createPost, type Entry, type Post, PostError, type PostOptions, StoppedError } from './post-events.ts'

/** More requests would not be faster. With fewer, the server would be idle while an answer is on its way. */
const REQUESTS_IN_FLIGHT_MAX = 4
const REJECTIONS_SHOWN_MAX = 10

/** The reason why one event was not accepted. `number` is the number of its entry. */
interface NumberedRejection {
  number: number
  reason: string
  path: string
  message: string
}

export interface Tally {
  sent: number
  accepted: number
  /** Includes events that were too large to be sent. `sent` minus `accepted` and `rejected` is the number without an answer. */
  rejected: number
  /** Events after a failure, and single events that a proxy refused. They can be sent again. */
  notSent: number
  /** Single events that a proxy refused, up to REJECTIONS_SHOWN_MAX. */
  keptBack: NumberedRejection[]
  /** The batches that the answers named. */
  batchIds: Set<string>
  /** The rejections with the lowest numbers, up to REJECTIONS_SHOWN_MAX. */
  rejections: NumberedRejection[]
}

export type Delivery = ReturnType<typeof openDelivery>

/** The first failure also stops the requests that wait for a retry, because they go to the same server. */
export function openDelivery(options: PostOptions) {
  const failed = new AbortController()
  const post = createPost({ ...options, stop: AbortSignal.any([options.stop, failed.signal]) })
  const tally: Tally = {
    sent: 0,
    accepted: 0,
    rejected: 0,
    notSent: 0,
    keptBack: [],
    batchIds: new Set(),
    rejections: [],
  }
  const underWay = new Set<Promise<void>>()
  let failure: PostError | undefined

  const run = async (entries: readonly Entry[]) => {
    try {
      await postOrHalve(entries, post, tally)
    } catch (error) {
      if (error instanceof StoppedError) return
      if (!(error instanceof PostError)) throw error
      failure ??= error
      failed.abort()
    }
  }
  return {
    tally,
    /** Waits until another request may be sent, starts it and returns without its answer. After a failure, it only counts. */
    async deliver(entries: readonly Entry[]): Promise<void> {
      while (underWay.size >= REQUESTS_IN_FLIGHT_MAX) await Promise.race(underWay)
      // After Ctrl-C, the rest of a file is not read.
      if (options.stop.aborted) return
      if (failure) {
        tally.notSent += entries.length
        return
      }
      tally.sent += entries.length
      const request = run(entries).finally(() => underWay.delete(request))
      underWay.add(request)
    },
    /** Counts an event that cannot be sent. */
    reject(rejection: NumberedRejection): void {
      tally.sent += 1
      addRejections(tally, [rejection])
    },
    hasFailed: () => failure !== undefined,
    /** Waits until every request is answered or stopped. @throws PostError */
    async finish(): Promise<void> {
      await Promise.all(underWay)
      if (failure) throw failure
    },
  }
}

/**
 * Divides a request that is refused as a whole. A single event that the server refuses counts as rejected. One that a proxy
 * refuses counts as not sent, because the proxy's limit can be raised (docs/api.md, "What a client does").
 */
async function postOrHalve(entries: readonly Entry[], post: Post, tally: Tally): Promise<void> {
  const result = await post(entries)
  if (result.kind === 'answered') {
    tally.accepted += result.answer.accepted
    if (result.batchId && result.answer.accepted > 0) tally.batchIds.add(result.batchId)
    const rejections = result.answer.rejected.map(({ index, reason, path, message }) => ({
      number: entries[index]?.number ?? 0,
      reason,
      path,
      message,
    }))
    return addRejections(tally, rejections)
  }
  const [first] = entries
  if (entries.length === 1 && first) {
    const refused = { number: first.number, reason: result.reason, path: '', message: result.detail }
    return result.isFinal ? addRejections(tally, [refused]) : keepBack(tally, refused)
  }
  const middle = Math.ceil(entries.length / 2)
  await postOrHalve(entries.slice(0, middle), post, tally)
  await postOrHalve(entries.slice(middle), post, tally)
}

function keepBack(tally: Tally, refused: NumberedRejection): void {
  tally.sent -= 1
  tally.notSent += 1
  if (tally.keptBack.length < REJECTIONS_SHOWN_MAX) tally.keptBack.push(refused)
}

/** Sorts the rejections by number, because requests are answered out of order. */
function addRejections(tally: Tally, rejections: NumberedRejection[]): void {
  tally.rejected += rejections.length
  tally.rejections = [...tally.rejections, ...rejections]
    .sort((a, b) => a.number - b.number)
    .slice(0, REJECTIONS_SHOWN_MAX)
}
