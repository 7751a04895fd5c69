// How much waits in the queue that BullMQ keeps in PostgreSQL: its own counts know no sizes.
import type { Database } from './database.ts'

/**
 * Batches that wait, are in hand or wait for a retry, and the bytes of their data as stored.
 * @param batchesMax counted no further than this; 0: all
 */
export async function readQueueBacklog(
  database: Database,
  queue: string,
  batchesMax: number,
): Promise<{ batches: number; bytes: number }> {
  const { rows } = await database.query<{ batches: number; bytes: number }>(
    // The size of a value that stands apart is known without reading it.
    `select count(*)::int as batches, coalesce(sum(bytes), 0)::float8 as bytes
     from (select pg_column_size(data) as bytes from bullmq.job
           where queue = $1 and state in ('waiting', 'active', 'delayed')
           limit nullif($2::int, 0)) as batch`,
    [queue, batchesMax],
  )
  return rows[0] as { batches: number; bytes: number }
}
