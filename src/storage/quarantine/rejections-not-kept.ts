// The number of rejected events that were not kept, by game and day.
import type { PoolClient } from 'pg'
import type { EventBatch } from '../../ingest/event-batch.ts'
import type { Database } from '../postgres/database.ts'

/**
 * The last statement of a batch's transaction, because many batches update the same row and wait for each other here.
 * The same statement notes the numbers for the rollups. The rows are updated in the order of their keys, so that two transactions cannot block each other.
 * @param batches only batches that are written for the first time, so that each is counted once
 */
export async function countNotKept(client: PoolClient, batches: EventBatch[]): Promise<void> {
  const counts = batches.flatMap(({ not_kept }) => not_kept)
  if (counts.length === 0) return
  await client.query(
    `with of_games as (
       select game_id, (now() at time zone 'UTC')::date as day, sum(events) as events
       from unnest($1::smallint[], $2::int[]) as counts (game_id, events) group by game_id
     ),
     noted as (
       insert into playtrace.unrolled_rejections (game_id, day, events) select game_id, day, events from of_games
     )
     insert into playtrace.rejections_not_kept as counted (game_id, day, events)
     select game_id, day, events from of_games order by game_id
     on conflict (game_id, day) do update set events = counted.events + excluded.events`,
    [counts.map(({ game_id }) => game_id), counts.map(({ events }) => events)],
  )
}

export async function readNotKept(database: Database, gameId: number): Promise<number> {
  const { rows } = await database.query<{ events: number }>(
    'select coalesce(sum(events), 0)::float8 as events from playtrace.rejections_not_kept where game_id = $1',
    [gameId],
  )
  return rows[0]?.events ?? 0
}

export async function deleteOldNotKept(database: Database, days: number): Promise<void> {
  await database.query(
    `delete from playtrace.rejections_not_kept where day < (now() at time zone 'UTC')::date - $1::int`,
    [days],
  )
}
