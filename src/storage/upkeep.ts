// What the tables need from time to time, whoever does it: safe to run in several workers at once.
import { UNDATED_EVENT_MEMORY_DAYS } from '../contract/limits.ts'
import { forgetOldBatches } from './batches.ts'
import type { Database } from './database.ts'
import { ensurePartitionsAhead } from './partitions.ts'
import { pruneQuarantine, type QuarantineBounds } from './prune-quarantine.ts'

export async function keepUp(database: Database, quarantine: QuarantineBounds): Promise<void> {
  await ensurePartitionsAhead(database, new Date())
  await database.query(
    'delete from playtrace.undated_events where received_at < now() - make_interval(days => $1)',
    [UNDATED_EVENT_MEMORY_DAYS],
  )
  await forgetOldBatches(database)
  await pruneQuarantine(database, quarantine)
}
