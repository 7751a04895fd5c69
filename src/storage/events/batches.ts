// Records when each batch was stored, in the batch's transaction.
import type { PoolClient } from 'pg'

/**
 * A batch that is written again, or in parts, keeps the time of its first write.
 * @returns the batches of which this is the first write
 */
export async function recordBatches(client: PoolClient, batchIds: string[]): Promise<Set<string>> {
  const { rows } = await client.query<{ batch_id: string }>(
    `insert into playtrace.batches (batch_id, stored_at)
     select batch_id, clock_timestamp() from unnest($1::uuid[]) as written (batch_id)
     order by batch_id
     on conflict do nothing
     returning batch_id`,
    [batchIds],
  )
  return new Set(rows.map(({ batch_id }) => batch_id))
}
