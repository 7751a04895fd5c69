// The sources of the live tail and the exports: the queue, and database connections of their own, so that the reading
// routes do not wait for them. The connections are open only while a client listens or downloads.
import type { TailSources } from '../api/live/tail.ts'
import { EXPORTS_MAX, type ExportEvents } from '../api/query/export.ts'
import type { Config } from '../config.ts'
import type { Lifecycle } from '../lifecycle.ts'
import type { QueueInspector } from '../queue/queue-inspector.ts'
import { exportEvents } from '../storage/events/export-events.ts'
import { openTail } from '../storage/events/read-tail.ts'
import { openDatabase } from '../storage/postgres/database.ts'
import { databaseUrlOf } from './connections.ts'

/** A poll takes milliseconds. A slower one is cancelled. */
const POLL_TIMEOUT_MS = 5_000

export async function liveSources(
  config: Config,
  queue: QueueInspector,
  lifecycle: Lifecycle,
  reportError: (error: Error) => void,
): Promise<Pick<TailSources, 'openTail' | 'readQueue'> & { exportEvents: ExportEvents }> {
  const databaseUrl = await databaseUrlOf(config)
  const live = openDatabase(databaseUrl, {
    name: 'live',
    connectionsMax: 1,
    queryTimeoutMs: POLL_TIMEOUT_MS,
    reportError,
  })
  lifecycle.onClose('live', () => live.end())
  const exporting = openDatabase(databaseUrl, {
    name: 'export',
    // Cancelling an export needs one more connection.
    connectionsMax: EXPORTS_MAX + 1,
    queryTimeoutMs: 0,
    reportError,
  })
  lifecycle.onClose('export', () => exporting.end())
  return {
    openTail: () => openTail(live),
    exportEvents: (...query) => exportEvents(exporting, ...query),
    readQueue: () => readQueue(queue),
  }
}

async function readQueue(queue: Pick<QueueInspector, 'counts' | 'oldest'>) {
  const [{ waiting, active, delayed }, oldest] = await Promise.all([queue.counts(), queue.oldest()])
  const enqueuedMs = Object.values(oldest).flatMap((batch) => batch?.enqueued_at.getTime() ?? [])
  const oldestSeconds = (Date.now() - Math.min(...enqueuedMs)) / 1000
  return {
    waiting: waiting + delayed,
    active,
    oldest_seconds: enqueuedMs.length === 0 ? null : Math.max(0, oldestSeconds),
  }
}
