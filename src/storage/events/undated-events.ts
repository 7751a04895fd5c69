// The memory of events without a time of their own: the id alone tells a repeat, for a limited number of days.
import { UNDATED_EVENT_MEMORY_DAYS } from '../../contract/limits.ts'
import type { Database } from '../postgres/database.ts'
import { deleteInSteps } from '../postgres/delete-in-steps.ts'

export async function forgetUndatedEvents(database: Database, stop: AbortSignal): Promise<void> {
  await deleteInSteps(
    database,
    {
      table: 'playtrace.undated_events',
      condition: 'received_at < now() - make_interval(days => $1)',
      values: [UNDATED_EVENT_MEMORY_DAYS],
    },
    stop,
  )
}
