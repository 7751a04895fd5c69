// A rejection's id, the same when the same event is rejected once more: a client that got no answer sends its request
// again, and quarantine then keeps one, not two.
import { v5 as uuidV5 } from 'uuid'
import type { QuarantinedEvent } from './event-batch.ts'

/** Random, once: ids are distinct from any others that are made by name. */
const REJECTION_IDS = 'f2d9e7a4-53a0-4c3b-9d0e-3c1b7a86e5d1'

type Told = Pick<QuarantinedEvent, 'game_id' | 'reason' | 'raw'> & { event_id: string }

/** Told apart by the text as sent: one `event_id` on two different texts is two rejections. */
export function rejectionIdOf({ game_id, reason, event_id, raw }: Told): string {
  // As bytes: uuid turns a string into bytes one by one, which takes 0.7 s for the largest.
  return uuidV5(Buffer.from(`${game_id} ${reason} ${event_id.toLowerCase()} ${raw}`), REJECTION_IDS)
}
