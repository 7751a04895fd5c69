// When each batch was stored, and how many rejected events it brought: one row for each batch, in the batch's transaction.
import type { PoolClient } from 'pg'
import type { Database } from '../postgres/database.ts'
import { deleteInSteps } from '../postgres/delete-in-steps.ts'

/** For how long it is known when a batch was stored. */
export const BATCH_MEMORY_DAYS = 31

export interface BatchRecord {
  batch_id: string
  /** Rejected events that this write put into quarantine. */
  rejected: number
}

/**
 * A batch that is written in parts, or again, keeps the time of its first write.
 * @returns the batches of which this is the first write
 */
export async function recordBatches(client: PoolClient, records: BatchRecord[]): Promise<Set<string>> {
  const { rows } = await client.query<{ batch_id: string; is_first: boolean }>(
    `insert into playtrace.batches (batch_id, stored_at, rejected)
     select batch_id, clock_timestamp(), rejected
     from unnest($1::uuid[], $2::int[]) as written (batch_id, rejected)
     order by batch_id
     on conflict (batch_id) do update set rejected = batches.rejected + excluded.rejected
     returning batch_id, xmax = 0 as is_first`,
    [records.map(({ batch_id }) => batch_id), records.map(({ rejected }) => rejected)],
  )
  // A row that was inserted has no xmax; a row that was there has the id of this transaction.
  return new Set(rows.flatMap(({ batch_id, is_first }) => (is_first ? batch_id : [])))
}

export async function forgetOldBatches(database: Database, stop: AbortSignal): Promise<void> {
  await deleteInSteps(
    database,
    {
      table: 'playtrace.batches',
      condition: 'stored_at < now() - make_interval(days => $1)',
      values: [BATCH_MEMORY_DAYS],
    },
    stop,
  )
}
