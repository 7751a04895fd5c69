// Deletes batches and undated events that have reached their age limit.
import { BATCH_MEMORY_DAYS, UNDATED_EVENT_MEMORY_DAYS } from '../../contract/limits.ts'
import type { Database } from '../postgres/database.ts'

/** A statement that deletes this many rows stays far below its time limit. */
const STEP_ROWS_MAX = 10_000

export function deleteExpiredBatches(database: Database, stop: AbortSignal): Promise<void> {
  return deleteExpired(database, 'playtrace.batches', 'stored_at', BATCH_MEMORY_DAYS, stop)
}

export function deleteExpiredUndatedEvents(database: Database, stop: AbortSignal): Promise<void> {
  return deleteExpired(database, 'playtrace.undated_events', 'received_at', UNDATED_EVENT_MEMORY_DAYS, stop)
}

/** Skips rows that another worker is deleting. `stop` ends the work between two steps. */
async function deleteExpired(
  database: Database,
  table: string,
  time: string,
  days: number,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    const { rowCount } = await database.query(
      `delete from ${table} where ctid = any(array(
         select ctid from ${table} where ${time} < now() - make_interval(days => $1)
         limit ${STEP_ROWS_MAX} for update skip locked))`,
      [days],
    )
    if (rowCount !== STEP_ROWS_MAX) return
  }
}
