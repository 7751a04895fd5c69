// Judges a rejected event again, by the rules for a new event.
import { v5 as uuidV5 } from 'uuid'
import type { Rejection } from '../contract/rejection.ts'
import { acceptEvents } from './accept-events.ts'
import type { StorableEvent } from './event-batch.ts'
import { parseTime } from './event-time.ts'
import { type Rename, renameMember } from './rename-member.ts'

/** A rejected event as it is in quarantine. */
export interface ReplayedEvent {
  rejection_id: string
  raw: string
  /** When the request was received. Each replay uses this time, so that replaying twice stores the event once. */
  received_at: Date
  sent_at: string | null
}

export type ReplayVerdict = { event: StorableEvent } | { fault: Omit<Rejection, 'index'> }

export function replayEvent(
  { rejection_id, raw, received_at, sent_at }: ReplayedEvent,
  gameId: number,
  rename: Rename | undefined,
): ReplayVerdict {
  if (!isJson(raw)) {
    const message = 'The line is not JSON.'
    return { fault: { event_id: null, reason: 'invalid_json', path: '', message } }
  }
  const event = rename ? renameMember(raw, rename) : raw
  const sent = sent_at !== null && parseTime(sent_at) ? `,"sent_at":${JSON.stringify(sent_at)}` : ''
  const { events, verdicts } = acceptEvents(
    { text: `{"events":[${event}]${sent}}`, form: 'json' },
    {
      gameId,
      keyFingerprint: null, // the event in quarantine has it already
      receivedAtMs: received_at.getTime(),
      // An event without an id gets the same id each time.
      newId: () => uuidV5('event_id', rejection_id),
    },
  )
  const [accepted] = events
  if (accepted) return { event: { ...accepted, replay_of: rejection_id } }
  const [verdict] = verdicts
  if (!verdict) throw new Error('An event was neither accepted nor rejected.')
  const { index, ...fault } = verdict
  return { fault }
}

function isJson(raw: string): boolean {
  try {
    JSON.parse(raw)
    return true
  } catch {
    return false
  }
}
