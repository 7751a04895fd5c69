// Reads the size of the queue that BullMQ keeps in PostgreSQL, because BullMQ counts jobs but not bytes.
import type { Database } from './database.ts'

/**
 * Counts the batches that wait, are in progress or wait for a retry, and the stored bytes of their data.
 * @param batchesMax stops counting at this number; 0 counts all
 */
export async function readQueueBacklog(
  database: Database,
  queue: string,
  batchesMax: number,
): Promise<{ batches: number; bytes: number }> {
  const { rows } = await database.query<{ batches: number; bytes: number }>(
    // pg_column_size does not read a value that is stored out of line.
    `select count(*)::int as batches, coalesce(sum(bytes), 0)::float8 as bytes
     from (select pg_column_size(data) as bytes from bullmq.job
           where queue = $1 and state in ('waiting', 'active', 'delayed')
           limit nullif($2::int, 0)) as batch`,
    [queue, batchesMax],
  )
  return rows[0] as { batches: number; bytes: number }
}
