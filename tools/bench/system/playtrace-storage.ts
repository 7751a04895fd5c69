// The bench's SQL on Playtrace's tables.
import pg from 'pg'
import { FOLD_LOCK } from '../../../src/storage/rollups/fold.ts'
import { ROLLUP_TABLES } from '../../../src/storage/rollups/rebuild.ts'
import type { TargetStorage } from './target.ts'

export interface PlaytraceStorage extends TargetStorage {
  client: pg.Client
  /** Once more does nothing. */
  close(): Promise<void>
}

export async function openPlaytraceStorage(databaseUrl: string): Promise<PlaytraceStorage> {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  const number = async (sql: string): Promise<number> => Number((await client.query(sql)).rows[0].number)
  return {
    client,
    async empty() {
      // The lock first: a fold in hand would wait for the tables that this holds, and this for those that it holds.
      await client.query(
        `begin;
         select pg_advisory_xact_lock(${FOLD_LOCK});
         truncate playtrace.events, playtrace.undated_events, playtrace.batches, playtrace.rejected_events,
           playtrace.unrolled_writes, ${ROLLUP_TABLES.map((name) => `playtrace.${name}`).join(', ')};
         commit`,
      )
      await client.query('vacuum analyze')
      await client.query('checkpoint')
    },
    visibleEvents: () => number('select coalesce(sum(events), 0) as number from playtrace.batches'),
    countEvents: () => number('select count(*) as number from playtrace.events'),
    bytes: () =>
      number(`
        select sum(pg_total_relation_size(relid)) as number from (
          select relid from pg_partition_tree('playtrace.events') where isleaf
          union all values ('playtrace.undated_events'::regclass), ('playtrace.batches'::regclass)
        ) as tables`),
    async storedAtMs() {
      const { rows } = await client.query<{ batch_id: string; ms: number }>(
        'select batch_id, extract(epoch from stored_at)::float8 * 1000 as ms from playtrace.batches',
      )
      return new Map(rows.map(({ batch_id, ms }) => [batch_id, ms]))
    },
    close: () => client.end(),
  }
}
