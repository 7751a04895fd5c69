// Requests that wait at the same moment share one batch, and all of them are answered when that one is on disk: the
// disk's sync, the dearest step of a 202, is paid once for many senders.
import type { BatchContent, EventBatch } from '../../ingest/event-batch.ts'
import type { EnqueueEvents } from '../../queue/event-queue.ts'

/** A group is sent off at this size whatever else is under way. */
const GROUP_EVENTS_MAX = 1_000
const GROUP_BYTES_MAX = 2 * 1024 * 1024
/** How long a group waits for others to join it, */
const GROUP_WAIT_MS_MAX = 10
/** unless so many are on their way: then the disk is what is slow, and more batches would not make it faster. */
const UNDER_WAY_MAX = 2
/** Of the batch before. With fewer, nobody is worth waiting for; from here on a batch's fixed costs weigh more than the wait. */
const BUSY_REQUESTS = 3

interface Group {
  /** Empty once it is sent off: who waits for the disk must not keep the events in memory for as long. */
  content: BatchContent
  requests: number
  bytes: number
  /** The batch's id, when it is on disk. */
  onDisk: Promise<string>
  /** It has waited long enough. */
  isDue: boolean
  send: () => void
}

/**
 * When nothing is on its way to disk, with whatever came in the same turn of the event loop; otherwise with whatever else
 * comes until that has arrived. A busy process waits its few milliseconds each time. A full group goes at once.
 */
export function groupRequests(
  enqueue: (batch: EventBatch) => Promise<void>,
  newBatchId: () => string,
): EnqueueEvents {
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
    const group: Group = {
      content: nothing(),
      requests: 0,
      bytes: 0,
      onDisk: promise,
      isDue: false,
      send,
    }
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

/** Near enough for a bound: what varies is the properties and the raw text. */
function bytesOf({ events, quarantined }: BatchContent): number {
  let bytes = 0
  for (const { properties } of events) bytes += properties.length
  for (const { raw } of quarantined) bytes += raw.length
  return bytes
}
