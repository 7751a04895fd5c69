// Makes the id of a rejected event. The same event always gets the same id, so a request that is repeated after a lost
// answer adds one row to the quarantine.
import { v5 as uuidV5 } from 'uuid'
import type { QuarantinedEvent } from './event-batch.ts'

/** A random namespace, which makes the ids differ from other UUIDs of version 5. */
const REJECTION_IDS = 'f2d9e7a4-53a0-4c3b-9d0e-3c1b7a86e5d1'

type Identity = Pick<QuarantinedEvent, 'game_id' | 'reason' | 'raw'> & { event_id: string }

/** The text as sent is part of the id, because two texts with one `event_id` are two rejected events. */
export function rejectionIdOf({ game_id, reason, event_id, raw }: Identity): string {
  // A Buffer, because uuid converts a string byte by byte, which takes 0.7 s for the largest event.
  return uuidV5(Buffer.from(`${game_id} ${reason} ${event_id.toLowerCase()} ${raw}`), REJECTION_IDS)
}
