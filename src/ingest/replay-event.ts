// Judges a rejected event again, by the rules for a new event.
import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { v7 as uuidV7 } from 'uuid'
import type { Rejection } from '../contract/rejection.ts'
import { acceptEvents } from './accept-events.ts'
import type { StorableEvent } from './event-batch.ts'
import type { BelievedTimes } from './event-time.ts'
import { type Rename, renameMember } from './rename-member.ts'

/** A rejected event as it is in quarantine. */
export interface ReplayedEvent {
  rejection_id: string
  raw: Buffer
  /** When the request was received. Each replay uses this time, so that replaying twice stores the event once. */
  received_at: Date
  sent_at: string | null
  /** The number of the key that sent the event, if it is known. */
  key_no: number | null
}

export type ReplayVerdict = { event: StorableEvent } | { fault: Omit<Rejection, 'index'> }

export function replayEvent(
  { rejection_id, raw, received_at, sent_at, key_no }: ReplayedEvent,
  gameId: number,
  believed: BelievedTimes,
  rename: Rename | undefined,
): ReplayVerdict {
  if (!isUtf8(raw)) return unreadable('invalid_utf8', 'The event is not valid UTF-8.')
  const text = raw.toString()
  if (!isJson(text)) return unreadable('invalid_json', 'The event is not JSON.')
  const event = rename ? renameMember(text, rename) : text
  const { events, verdicts } = acceptEvents(
    { bytes: Buffer.from(`[${event}]`), form: 'json' },
    {
      gameId,
      believed,
      keyNo: key_no,
      keyFingerprint: null, // the event in quarantine has it already
      receivedAtMs: received_at.getTime(),
      sentAt: sent_at ?? undefined,
      newId: idOfReplay(rejection_id),
    },
  )
  const [accepted] = events
  if (accepted) return { event: { ...accepted, replay_of: rejection_id } }
  const [verdict] = verdicts
  if (!verdict) throw new Error('An event was neither accepted nor rejected.')
  const { index, ...fault } = verdict
  return { fault }
}

/** An event without an id gets the same id in each replay, so that it is stored once. */
function idOfReplay(rejectionId: string): (ms: number) => string {
  return (msecs) => uuidV7({ msecs, random: createHash('sha256').update(rejectionId).digest() })
}

const unreadable = (reason: Rejection['reason'], message: string): ReplayVerdict => ({
  fault: { event_id: null, reason, path: '', message },
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
