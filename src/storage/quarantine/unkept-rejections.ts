// Rejected events of a flood, which were counted and not kept: how many of each kind, by the hour.
import type { PoolClient } from 'pg'
import type { EventBatch, UnkeptRejections } from '../../ingest/event-batch.ts'

/**
 * After recordBatches, in its transaction, and last: many batches add to the same few rows, and wait here for each other.
 * A batch that is consumed again, or was taken apart, is counted once; its row in `playtrace.batches` knows.
 */
export async function countUnkept(client: PoolClient, batches: EventBatch[]): Promise<void> {
  const counting = batches.filter(({ unkept }) => unkept.length > 0)
  if (counting.length === 0) return
  const { rows } = await client.query<{ batch_id: string }>(
    `update playtrace.batches set unkept = counted.events
     from unnest($1::uuid[], $2::int[]) as counted (batch_id, events)
     where batches.batch_id = counted.batch_id and unkept = 0
     returning batches.batch_id`,
    [
      counting.map(({ batch_id }) => batch_id),
      counting.map(({ unkept }) => unkept.reduce((sum, { events }) => sum + events, 0)),
    ],
  )
  const uncounted = new Set(rows.map(({ batch_id }) => batch_id))
  await addCounts(
    client,
    counting.flatMap(({ batch_id, unkept }) => (uncounted.has(batch_id) ? unkept : [])),
  )
}

/** In the key's order: two batches would otherwise wait for each other. */
async function addCounts(client: PoolClient, unkept: UnkeptRejections[]): Promise<void> {
  if (unkept.length === 0) return
  await client.query(
    `insert into playtrace.unkept_rejections as counted
       (game_id, hour, reason, name, app_version, events, first_received_at, last_received_at)
     select game_id, date_trunc('hour', received_at, 'UTC') as hour, reason, name, app_version,
       sum(events), min(received_at), max(received_at)
     from unnest($1::smallint[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::bigint[])
       as came (game_id, received_at, reason, name, app_version, events)
     group by game_id, hour, reason, name, app_version
     order by game_id, hour, reason, name, app_version
     on conflict (game_id, hour, reason, name, app_version) do update
       set events = counted.events + excluded.events,
         first_received_at = least(counted.first_received_at, excluded.first_received_at),
         last_received_at = greatest(counted.last_received_at, excluded.last_received_at)`,
    [
      unkept.map((one) => one.game_id),
      unkept.map((one) => one.received_at),
      unkept.map((one) => one.reason),
      unkept.map((one) => one.name),
      unkept.map((one) => one.app_version),
      unkept.map((one) => one.events),
    ],
  )
}
