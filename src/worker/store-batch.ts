// What becomes of a batch: written whole, or waited for while the database is away, or taken apart until the event that
// the database refuses is found and put into quarantine. Done, retry, release or dead letter is decided here alone.
import { setTimeout as pause } from 'node:timers/promises'
import type { EventBatch, QuarantinedEvent, StorableEvent } from '../ingest/event-batch.ts'
import { rejectionIdOf } from '../ingest/rejection-id.ts'
import type { Outcome } from '../queue/event-queue.ts'
import type { WriteBatch, WriteResult } from '../storage/events/write-events.ts'
import type { StorageError } from '../storage/postgres/storage-error.ts'

const AWAY_PAUSE_MS = 200
const AWAY_PAUSE_MS_MAX = 2_000

export interface StoreContext {
  write: WriteBatch
  onWritten: (batch: EventBatch, result: WriteResult) => void
  onError: (batch: EventBatch, error: StorageError) => void
  /** Aborted when the worker drains: what still waits for the database is handed back. */
  draining: AbortSignal
}

export async function storeBatch(batch: EventBatch, context: StoreContext): Promise<Outcome> {
  for (let pauseMs = AWAY_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, AWAY_PAUSE_MS_MAX)) {
    try {
      context.onWritten(batch, await context.write(batch))
      return { kind: 'done' }
    } catch (caught) {
      const error = caught as StorageError
      context.onError(batch, error)
      if (error.code === 'EVENTS_REFUSED') return storeInParts(batch, error, context)
      if (error.code !== 'DATABASE_AWAY') return { kind: 'retry', error }
      // The database's absence is not the batch's fault: it waits here, and no attempt is counted.
      if (!(await waited(pauseMs, context.draining))) return { kind: 'release' }
    }
  }
}

/** Each part is a transaction of its own: a batch that is consumed again finds what was stored, and skips it. */
async function storeInParts(batch: EventBatch, error: StorageError, context: StoreContext): Promise<Outcome> {
  for (const part of partsOf(batch, error)) {
    const outcome = await storeBatch(part, context)
    if (outcome.kind !== 'done') return outcome
  }
  return partsOf(batch, error).length > 0 ? { kind: 'done' } : { kind: 'dead_letter', error }
}

/** Smaller batches with the same events and rejections; none where it cannot be made smaller. */
function partsOf(batch: EventBatch, error: StorageError): EventBatch[] {
  const { batch_id, events, quarantined, not_kept } = batch
  const nothing: EventBatch = { batch_id, events: [], quarantined: [], not_kept: [] }
  // Comes first, because a batch's count is added only when the batch is written for the first time.
  if (not_kept.length > 0 && events.length + quarantined.length > 0)
    return [
      { ...nothing, not_kept },
      { ...nothing, events, quarantined },
    ]
  if (events.length > 0 && quarantined.length > 0)
    return [
      { ...nothing, events },
      { ...nothing, quarantined },
    ]
  if (events.length === 1)
    return events.map((event) => ({ ...nothing, quarantined: [refusedEvent(event, error)] }))
  const half = Math.ceil(events.length / 2)
  return [events.slice(0, half), events.slice(half)]
    .filter((part) => part.length > 0)
    .map((part) => ({ ...nothing, events: part }))
}

function refusedEvent(event: StorableEvent, error: StorageError): QuarantinedEvent {
  const { game_id, event_id, received_at, key_fingerprint, name, app_version, sent_at } = event
  const reason = 'refused_by_database'
  const raw = wireText(event)
  return {
    // The same each time, so that a batch that is consumed again does not quarantine the event twice.
    // A replay that is refused is the rejection that it was.
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

/** The event as it could be sent again, its properties untouched. */
function wireText(event: StorableEvent): string {
  const { event_id, name, player_id, session_id, app_version, platform, properties } = event
  // A time that we gave it would make it another event than the one that the client may send again.
  const occurred_at = event.dated ? event.occurred_at : null
  const fields = { event_id, name, player_id, session_id, occurred_at, app_version, platform }
  const present = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
  return `${JSON.stringify(present).slice(0, -1)},"properties":${properties}}`
}

async function waited(pauseMs: number, draining: AbortSignal): Promise<boolean> {
  try {
    await pause(pauseMs, undefined, { signal: draining })
    return true
  } catch {
    return false // the signal, and nothing else, ends a pause early
  }
}
