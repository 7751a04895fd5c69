// Whether PostgreSQL's table of locks is large enough for the partitions of events.
import { withClient } from './connection.ts'

const ANSWER_MS_MAX = 5_000
/** Reads at the same time, of several API processes, workers and people. Each locks every partition and its indexes. */
const READS_AT_ONCE = 30

/** @returns a sentence for the operator; undefined if the table is large enough, or there is no schema yet */
export async function lockTableWarning(url: string): Promise<string | undefined> {
  return withClient(url, { name: 'start', queryTimeoutMs: ANSWER_MS_MAX }, async (client) => {
    const { rows } = await client.query<{ max_locks: number; slots: number; needed: number }>(
      `with relations as (select relid from pg_partition_tree(to_regclass('playtrace.events')))
       select current_setting('max_locks_per_transaction')::integer as max_locks,
         current_setting('max_connections')::integer + current_setting('max_prepared_transactions')::integer as slots,
         ${READS_AT_ONCE} * (
           (select count(*) from relations) + (select count(*) from pg_index where indrelid in (select relid from relations))
         )::integer as needed`,
    )
    const { max_locks, slots, needed } = rows[0] as { max_locks: number; slots: number; needed: number }
    if (max_locks * slots >= needed) return undefined
    return (
      `PostgreSQL runs with max_locks_per_transaction=${max_locks}: ${READS_AT_ONCE} reads at the same time need ${needed} locks, ` +
      `and there are ${max_locks * slots}. Set max_locks_per_transaction=${Math.ceil(needed / slots)} and restart PostgreSQL.`
    )
  })
}
