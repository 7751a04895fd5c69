// Records when each batch was stored and how many of its events were stored before, in the batch's transaction.
import type { PoolClient } from 'pg'
import { utcTime } from '../postgres/cursor.ts'
import type { Database } from '../postgres/database.ts'

export interface Repeats {
  batch_id: string
  game_id: number
  /** Null: not known. */
  events: number | null
}

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

/** A second row for the same batch and game makes the number null (not known). */
export async function recordRepeats(client: PoolClient, repeats: Repeats[]): Promise<void> {
  if (repeats.length === 0) return
  await client.query(
    `insert into playtrace.repeated_events (batch_id, game_id, events)
     select * from jsonb_to_recordset($1::jsonb) as repeated (batch_id uuid, game_id smallint, events integer)
     order by batch_id, game_id
     on conflict (batch_id, game_id) do update set events = null`,
    [JSON.stringify(repeats)],
  )
}

/** @returns a BatchState as JSON */
export async function readBatch(database: Database, gameId: number, batchId: string): Promise<string> {
  const { rows } = await database.query<{ json: string }>(
    `select json_build_object('batch_id', $2::uuid, 'stored_at', ${utcTime('stored_at')},
       'repeated_events', case when game_id is null then 0 else events end)::text as json
     from (select) as one
     left join playtrace.batches on batches.batch_id = $2
     left join playtrace.repeated_events as repeated on repeated.batch_id = $2 and game_id = $1`,
    [gameId, batchId],
  )
  return rows[0]?.json ?? ''
}
