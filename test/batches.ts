// Batches as the API makes them, for tests of the code that consumes them.
import { v7 as uuidV7 } from 'uuid'
import type { EventBatch, QuarantinedEvent, RejectionsNotKept, StorableEvent } from '../src/ingest/event-batch.ts'
import type { BelievedTimes } from '../src/ingest/event-time.ts'

const RECEIVED_AT = '2026-11-22T10:00:00.000Z'

/** Every time is believed, as in a game that imports old events. */
export const BELIEVED: BelievedTimes = { first_day: -1_000_000, late_days: 1_000_000 }

export function storableEvent(fields: Partial<StorableEvent> = {}): StorableEvent {
  const occurred_at = fields.occurred_at ?? '2026-11-22T09:59:58.123Z'
  return {
    game_id: 1,
    key_no: null,
    key_fingerprint: null,
    event_id: uuidV7(),
    name: 'level_complete',
    player_id: 'player-1',
    session_id: null,
    seq: null,
    occurred_at,
    sent_at: null,
    received_at: RECEIVED_AT,
    corrected_at: occurred_at,
    identified_at: occurred_at,
    clock_suspect: false,
    app_version: null,
    platform: null,
    country: null,
    properties: '{}',
    dated: true,
    ...fields,
  }
}

export function storableEvents(count: number, fields: (index: number) => Partial<StorableEvent> = () => ({})) {
  return Array.from({ length: count }, (_, index) => storableEvent(fields(index)))
}

export function quarantinedEvent(fields: Partial<QuarantinedEvent> = {}): QuarantinedEvent {
  return {
    rejection_id: uuidV7(),
    game_id: 1,
    event_id: null,
    received_at: RECEIVED_AT,
    reason: 'missing_field',
    path: '/player_id',
    message: 'player_id is required.',
    raw: '{"name":"start"}',
    key_fingerprint: null,
    name: null,
    app_version: null,
    sent_at: null,
    ...fields,
  }
}

export function batchOf(
  events: StorableEvent[],
  quarantined: QuarantinedEvent[] = [],
  not_kept: RejectionsNotKept[] = [],
): EventBatch {
  return { batch_id: uuidV7(), events, quarantined, not_kept }
}
