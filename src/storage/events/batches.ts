// Records when each batch was stored and how many rejected events it put into quarantine, in the batch's transaction.
import type { PoolClient } from 'pg'

/**
 * A batch that is written again, or in parts, keeps the time of its first write.
 * @param records `rejected` is the number of rejected events that this write put into quarantine
 * @returns the batches of which this is the first write
 */
export async function recordBatches(
  client: PoolClient,
  records: { batch_id: string; rejected: number }[],
): Promise<Set<string>> {
  const { rows } = await client.query<{ batch_id: string; is_first: boolean }>(
    `insert into playtrace.batches (batch_id, stored_at, rejected)
     select batch_id, clock_timestamp(), rejected
     from unnest($1::uuid[], $2::int[]) as written (batch_id, rejected)
     order by batch_id
     on conflict (batch_id) do update set rejected = batches.rejected + excluded.rejected
     returning batch_id, xmax = 0 as is_first`,
    [records.map(({ batch_id }) => batch_id), records.map(({ rejected }) => rejected)],
  )
  // An inserted row has no xmax. An updated row has the id of this transaction.
  return new Set(rows.flatMap(({ batch_id, is_first }) => (is_first ? batch_id : [])))
}
