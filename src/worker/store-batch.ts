// Stores one batch. It waits while the database is away or unfit, and splits the batch until it finds the event that the database
// refuses, which goes to quarantine. This file alone decides between done, retry, release and dead letter.
import { setTimeout as pause } from 'node:timers/promises'
import type { EventBatch, QuarantinedEvent, StorableEvent } from '../ingest/event-batch.ts'
import { rejectionIdOf } from '../ingest/rejection-id.ts'
import type { Outcome } from '../queue/event-queue.ts'
import type { WritableBatch, WriteBatch, WriteResult } from '../storage/events/write-events.ts'
import type { StorageError } from '../storage/postgres/storage-error.ts'

const AWAY_PAUSE_MS = 200
const AWAY_PAUSE_MS_MAX = 2_000

export interface StoreContext {
  write: WriteBatch
  onWritten: (batch: EventBatch, result: WriteResult) => void
  onError: (batch: EventBatch, error: StorageError) => void
  /** Aborted when the worker drains. A batch that still waits for the database is then released. */
  draining: AbortSignal
}

export async function storeBatch(batch: WritableBatch, context: StoreContext): Promise<Outcome> {
  for (let pauseMs = AWAY_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, AWAY_PAUSE_MS_MAX)) {
    try {
      context.onWritten(batch, await context.write(batch))
      return { kind: 'done' }
    } catch (caught) {
      const error = caught as StorageError
      context.onError(batch, error)
      if (error.code === 'EVENTS_REFUSED') return storeInParts(batch, error, context)
      if (!isOfEnvironment(error)) return { kind: 'retry', error }
      // The batch is not the cause, so it waits here and no attempt is counted.
      await pause(pauseMs, undefined, { signal: context.draining }).catch(() => {})
      if (context.draining.aborted) return { kind: 'release' }
    }
  }
}

/** The database is the cause, and other work would fail too. */
export function isOfEnvironment({ code }: StorageError): boolean {
  return code === 'DATABASE_AWAY' || code === 'DATABASE_UNFIT'
}

/** Each part has its own transaction. When the batch is consumed again, events that are stored already are skipped. */
async function storeInParts(batch: EventBatch, error: StorageError, context: StoreContext): Promise<Outcome> {
  const parts = partsOf(batch, error)
  if (parts.length === 0) return { kind: 'dead_letter', error }
  for (const part of parts) {
    const outcome = await storeBatch(part, context)
    if (outcome.kind !== 'done') return outcome
  }
  return { kind: 'done' }
}

/** Returns smaller batches with the same content, or none if the batch cannot be split. */
function partsOf(batch: EventBatch, error: StorageError): WritableBatch[] {
  const { batch_id, events, quarantined, not_kept } = batch
  const nothing: WritableBatch = { batch_id, events: [], quarantined: [], not_kept: [], is_part: true }
  const kinds: WritableBatch[] = []
  // Comes first, because a batch's count is added only when the batch is written for the first time.
  if (not_kept.length > 0) kinds.push({ ...nothing, not_kept })
  if (events.length > 0) kinds.push({ ...nothing, events })
  if (quarantined.length > 0) kinds.push({ ...nothing, quarantined })
  if (kinds.length > 1) return kinds
  if (events.length < 2) return events.map((event) => ({ ...nothing, quarantined: [refusedEvent(event, error)] }))
  const half = Math.ceil(events.length / 2)
  return [
    { ...nothing, events: events.slice(0, half) },
    { ...nothing, events: events.slice(half) },
  ]
}

function refusedEvent(event: StorableEvent, error: StorageError): QuarantinedEvent {
  const { game_id, event_id, received_at, key_fingerprint, name, app_version, sent_at } = event
  const reason = 'refused_by_database'
  const raw = wireText(event)
  return {
    // The same each time, so that a batch that is consumed again, or a replay, adds no second row for the event.
    rejection_id: event.replay_of ?? rejectionIdOf({ game_id, event_id, reason, raw }),
    game_id,
    event_id,
    received_at,
    reason,
    path: '',
    message: error.message,
    raw,
    key_fingerprint,
    name,
    app_version,
    sent_at,
  }
}

/** Returns the event's text as a client can send it again. The properties are unchanged. */
function wireText(event: StorableEvent): string {
  const { event_id, name, player_id, session_id, seq, app_version, platform, country, properties } = event
  // A time that the server made is left out: with it, a retry by the client would be another event.
  const occurred_at = event.dated ? event.occurred_at : null
  const fields = { event_id, name, player_id, session_id, seq, occurred_at, app_version, platform, country }
  const present = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
  return `${JSON.stringify(present).slice(0, -1)},"properties":${properties}}`
}
