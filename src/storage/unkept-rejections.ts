// Rejected events of a flood, which were counted and not kept: how many of each kind, by the hour.
import type { PoolClient } from 'pg'
import type { UnkeptRejections } from '../ingest/event-batch.ts'

/**
 * After recordBatch, in its transaction, and last: many batches add to the same few rows, and wait here for each other.
 * A batch that is consumed again, or was taken apart, is counted once; its row in `playtrace.batches` knows.
 */
export async function countUnkept(
  client: PoolClient,
  batchId: string,
  unkept: UnkeptRejections[],
): Promise<void> {
  if (unkept.length === 0) return
  const total = unkept.reduce((sum, { events }) => sum + events, 0)
  const { rowCount } = await client.query(
    'update playtrace.batches set unkept = $2 where batch_id = $1 and unkept = 0',
    [batchId, total],
  )
  if (rowCount === 1) await addCounts(client, unkept)
}

/** In the key's order: two batches would otherwise wait for each other. */
async function addCounts(client: PoolClient, unkept: UnkeptRejections[]): Promise<void> {
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
