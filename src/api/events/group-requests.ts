// Requests that wait at the same time share one batch, and are answered when that batch is on disk. The disk's sync is the most
// expensive step of a 202, and one sync serves them all.
import type { BatchContent, EventBatch } from '../../ingest/event-batch.ts'

/** A group of this size is enqueued at once. */
const GROUP_EVENTS_MAX = 1_000
const GROUP_BYTES_MAX = 2 * 1024 * 1024
/** A group waits this long for more requests. It waits longer while {@link UNDER_WAY_MAX} batches are under way. */
const GROUP_WAIT_MS_MAX = 10
/** With this many batches under way the disk is the bottleneck, and more batches would not make it faster. */
const UNDER_WAY_MAX = 2
/** A process is busy when its last batch held this many requests. Only then is waiting cheaper than another batch. */
const BUSY_REQUESTS = 3

/**
 * Adds the events of one request to a batch. Resolves with the batch's id when the batch is on disk.
 * @throws QueueUnavailable when the queue does not confirm the batch
 */
export type EnqueueEvents = (content: BatchContent) => Promise<string>

interface Group {
  /** Emptied when the batch is enqueued, so that the events do not stay in memory while the disk is slow. */
  content: BatchContent
  requests: number
  bytes: number
  /** Resolves with the batch's id when the batch is on disk. */
  onDisk: Promise<string>
  /** The group has waited {@link GROUP_WAIT_MS_MAX}. */
  isDue: boolean
  send: () => void
}

/**
 * Makes a function that collects requests into batches.
 *
 * An idle process enqueues the requests of one turn of the event loop. While a batch is under way, new requests wait for it
 * and share the next batch. A busy process always waits {@link GROUP_WAIT_MS_MAX}. A full group is enqueued at once.
 */
export function groupRequests(enqueue: (batch: EventBatch) => Promise<void>, newBatchId: () => string): EnqueueEvents {
  let open: Group | undefined
  let underWay = 0
  let isBusy = false

  function openGroup(): Group {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const batch_id = newBatchId()
    const timer = setTimeout(() => {
      group.isDue = true
      sendOpen()
    }, GROUP_WAIT_MS_MAX)
    const send = () => {
      clearTimeout(timer)
      if (open === group) open = undefined
      isBusy = group.requests >= BUSY_REQUESTS
      underWay++
      const batch: EventBatch = { batch_id, ...group.content }
      group.content = nothing()
      enqueue(batch)
        .finally(() => {
          underWay--
          sendOpen()
        })
        .then(() => resolve(batch_id), reject)
    }
    const group: Group = { content: nothing(), requests: 0, bytes: 0, onDisk: promise, isDue: false, send }
    return group
  }

  function sendOpen(): void {
    if ((underWay === 0 && !isBusy) || (open?.isDue && underWay < UNDER_WAY_MAX)) open?.send()
  }

  return (content) => {
    if (!open) {
      open = openGroup()
      if (underWay === 0) setImmediate(sendOpen)
    }
    const group = open
    group.requests++
    group.content.events.push(...content.events)
    group.content.quarantined.push(...content.quarantined)
    group.content.not_kept.push(...content.not_kept)
    group.bytes += bytesOf(content)
    if (group.content.events.length >= GROUP_EVENTS_MAX || group.bytes >= GROUP_BYTES_MAX) group.send()
    return group.onDisk
  }
}

const nothing = (): BatchContent => ({ events: [], quarantined: [], not_kept: [] })

/** Estimates the size: only the properties and the raw text can be large. */
function bytesOf({ events, quarantined }: BatchContent): number {
  let bytes = 0
  for (const { properties } of events) bytes += properties.length
  for (const { raw } of quarantined) bytes += raw.length
  return bytes
}
