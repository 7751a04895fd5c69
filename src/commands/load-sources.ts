// What the API measures to detect overload: the backlog of the queue, and the free disk space of the embedded database.
import cluster from 'node:cluster'
import { statfs } from 'node:fs/promises'
import { OTHERS_SHARE, type OverloadParts } from '../api/admission/overload.ts'
import type { Config } from '../config.ts'
import { QUEUE_NAME } from '../queue/queue-connection.ts'
import { readRedisBacklog } from '../queue/redis-store.ts'
import { openDatabase } from '../storage/postgres/database.ts'
import { readQueueBacklog } from '../storage/postgres/queue-backlog.ts'
import type { StorageError } from '../storage/postgres/storage-error.ts'
import type { OpenProcess } from './open-process.ts'

/** A slower query is cancelled, and the next one uses a new connection. */
const ANSWER_MS_MAX = 3_000

export function loadSources(
  config: Config,
  opened: Pick<OpenProcess, 'queue' | 'queueUrl' | 'lifecycle' | 'reportError'>,
): Pick<OverloadParts, 'readBacklog' | 'readDisk'> {
  return {
    readBacklog: backlogReader(config, opened),
    readDisk: isEmbedded(config) ? () => readDisk(config.dataDir) : undefined,
  }
}

function backlogReader(
  { backlogBatchesMax }: Config,
  { queue, queueUrl, lifecycle, reportError }: Parameters<typeof loadSources>[1],
): OverloadParts['readBacklog'] {
  const { redis } = queue
  if (redis) return () => readRedisBacklog(queue, redis)
  // A connection of its own, because it must not wait behind the load that it measures.
  const database = openDatabase(queueUrl, {
    name: 'backlog',
    connectionsMax: 1,
    queryTimeoutMs: ANSWER_MS_MAX,
    reportError,
  })
  lifecycle.onClose('backlog', () => database.end())
  const countedMax = Math.ceil(backlogBatchesMax * (1 + OTHERS_SHARE))
  return () =>
    readQueueBacklog(database, QUEUE_NAME, countedMax).catch((error: StorageError) => {
      if (error.code === 'DATABASE_AWAY' || error.code === 'QUERY_TIMEOUT') throw error
      // The server rejects this query, for example because a permission is missing. It may still accept events.
      reportError(error)
      return { batches: 0, bytes: 0 }
    })
}

/** `start` always gives its children a database URL. If that database is not embedded, it also gives them the limit 0. */
function isEmbedded({ databaseUrl, diskFreeBytesMin }: Config): boolean {
  return diskFreeBytesMin !== 0 && (databaseUrl === undefined || cluster.isWorker)
}

async function readDisk(folder: string): Promise<{ freeBytes: number; totalBytes: number }> {
  const { bavail, blocks, bsize } = await statfs(folder)
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
}
