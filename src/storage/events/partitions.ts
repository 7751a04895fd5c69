// The partitions of playtrace.events: one a month, made ahead by the worker and on demand by whoever needs one.
import type { Database } from '../postgres/database.ts'

const FIRST_YEAR = 2015
const LAST_YEAR = 2049
const MONTHS_AHEAD = 2

/** The month (`YYYY-MM`) whose partition holds this time; undefined where one of the two ends of the table does. */
export function monthOf(occurredAt: string): string | undefined {
  const year = /^(\d{4})-\d\d-/.exec(occurredAt)?.[1]
  if (!year || occurredAt.endsWith('BC')) return undefined
  return Number(year) >= FIRST_YEAR && Number(year) <= LAST_YEAR ? occurredAt.slice(0, 7) : undefined
}

export async function ensurePartition(database: Database, month: string): Promise<void> {
  await database.query('select playtrace.ensure_events_partition($1)', [`${month}-01`])
}

/** Ahead of time, so that a month's first event waits for nothing. */
export async function ensurePartitionsAhead(database: Database, now: Date): Promise<void> {
  for (let ahead = 0; ahead <= MONTHS_AHEAD; ahead++) {
    const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1))
    const month = monthOf(first.toISOString())
    if (month) await ensurePartition(database, month)
  }
}
