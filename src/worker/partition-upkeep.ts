// Makes the partitions of events: once before the first batch, and then every minute, because a month that cannot be locked is
// tried again. A month that is still not attached after a day is shown.
import type { WaitingMonth } from '../storage/events/partitions.ts'

const LATE_MS = 24 * 60 * 60 * 1000

export function watchPartitions(addMissing: (stop?: AbortSignal) => Promise<WaitingMonth[]>) {
  let waiting: WaitingMonth[] = []
  return {
    async run(stop?: AbortSignal): Promise<void> {
      waiting = await addMissing(stop)
    },
    /** One sentence for each month that waits for its partition for more than a day. */
    check(nowMs = Date.now()): string[] {
      return waiting
        .filter(({ wanted_at }) => nowMs - wanted_at.getTime() > LATE_MS)
        .map(
          ({ month, wanted_at }) =>
            `The partition of ${month} could not be attached since ${wanted_at.toISOString()}, because long reads lock events_default, or because it has too many events of that month. See decision 5.`,
        )
    },
  }
}
