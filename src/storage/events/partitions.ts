// The monthly partitions of playtrace.events. The upkeep creates them ahead, and a write creates one that is missing.
import type { Database } from '../postgres/database.ts'

const FIRST_YEAR = 2015
const LAST_YEAR = 2049
const MONTHS_AHEAD = 2

/** Returns the month (`YYYY-MM`) of the time; undefined if one of the two partitions without a month holds the time. */
export function monthOf(occurredAt: string): string | undefined {
  const year = /^(\d{4})-\d\d-/.exec(occurredAt)?.[1]
  if (!year || occurredAt.endsWith('BC')) return undefined
  return Number(year) >= FIRST_YEAR && Number(year) <= LAST_YEAR ? occurredAt.slice(0, 7) : undefined
}

export async function ensurePartition(database: Database, month: string): Promise<void> {
  await database.query('select playtrace.ensure_events_partition($1)', [`${month}-01`])
}

/** The first event of a month then does not wait for its partition. */
export async function ensurePartitionsAhead(database: Database, now: Date): Promise<void> {
  for (let ahead = 0; ahead <= MONTHS_AHEAD; ahead++) {
    const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1))
    const month = monthOf(first.toISOString())
    if (month) await ensurePartition(database, month)
  }
}
