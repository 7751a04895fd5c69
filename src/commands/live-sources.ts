// Where the API's live tail looks: the database, over a connection of its own that is open only while somebody listens, and
// the queue.
import type { LiveTailParts } from '../api/live/live-tail.ts'
import type { Config } from '../config.ts'
import type { Lifecycle } from '../lifecycle.ts'
import type { EventQueue } from '../queue/event-queue.ts'
import { openDatabase } from '../storage/database.ts'
import { openTail } from '../storage/read-tail.ts'
import { classified } from '../storage/storage-error.ts'
import { databaseUrlOf } from './connections.ts'

/** A look takes milliseconds; one that takes longer is given up. */
const LOOK_MS_MAX = 5_000

export async function liveSources(
  config: Config,
  queue: EventQueue,
  lifecycle: Lifecycle,
  reportError: (error: Error) => void,
): Promise<Pick<LiveTailParts, 'openTail' | 'readQueue'>> {
  const database = openDatabase(await databaseUrlOf(config), {
    name: 'live',
    connectionsMax: 1,
    queryTimeoutMs: LOOK_MS_MAX,
    reportError,
  })
  lifecycle.onClose('live', () => database.end())
  return {
    openTail: () => classified(() => openTail(database)),
    readQueue: () => readQueue(queue),
  }
}

async function readQueue(queue: Pick<EventQueue, 'counts' | 'oldest'>) {
  const [{ waiting, active, delayed }, oldest] = await Promise.all([queue.counts(), queue.oldest()])
  const enqueuedMs = Object.values(oldest).flatMap((batch) => batch?.enqueued_at.getTime() ?? [])
  const oldestSeconds = (Date.now() - Math.min(...enqueuedMs)) / 1000
  return {
    waiting: waiting + delayed,
    active,
    oldest_seconds: enqueuedMs.length === 0 ? null : Math.max(0, oldestSeconds),
  }
}
