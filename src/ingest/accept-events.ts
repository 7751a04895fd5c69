// Turns a request's text into events to store, events to quarantine, and verdicts. The clock and new ids are arguments.
import { type Event, UUID_PATTERN } from '../contract/event.ts'
import type { Rejection } from '../contract/rejection.ts'
import type { QuarantinedEvent, StorableEvent } from './event-batch.ts'
import { correctTime, type Instant, instantAt, parseTime, timeInsideUuid } from './event-time.ts'
import { type Fault, faultOf } from './judge-event.ts'
import { mismatchOf } from './observe-properties.ts'
import { isObject, parseBody, type RawEvent } from './parse-body.ts'
import { rejectionIdOf } from './rejection-id.ts'
import { cut, shown } from './shown-text.ts'

const UUID = new RegExp(UUID_PATTERN)

export interface AcceptContext {
  gameId: number
  /** Of the write key. It is kept with each rejected event. */
  keyFingerprint: string | null
  receivedAtMs: number
  /** A new unique id, for events without one and for their rejections. */
  newId: () => string
}

export interface AcceptedEvents {
  events: StorableEvent[]
  /** The rejected events. Each has the verdict of the same index in `verdicts`. */
  quarantined: QuarantinedEvent[]
  /** The part of the answer for each rejected event. */
  verdicts: Rejection[]
}

/**
 * Parses the body, judges each event, and makes a row of each accepted and each rejected one.
 * @throws RequestProblem if the body as a whole cannot be read
 */
export function acceptEvents(
  { text, form }: { text: string; form: 'json' | 'ndjson' },
  context: AcceptContext,
): AcceptedEvents {
  const { events: rawEvents, sent } = parseBody(text, form)
  const arrival = { ...context, sent, received: instantAt(context.receivedAtMs) }
  const accepted: AcceptedEvents = { events: [], quarantined: [], verdicts: [] }
  for (const [index, rawEvent] of rawEvents.entries()) {
    const fault = faultOf(rawEvent)
    if (fault) {
      accepted.verdicts.push({ index, event_id: sentId(rawEvent), ...fault })
      accepted.quarantined.push(quarantine(rawEvent, fault, arrival))
    } else accepted.events.push(makeStorable(rawEvent, arrival))
  }
  return accepted
}

interface Arrival extends AcceptContext {
  sent: Instant | undefined
  received: Instant
}

function makeStorable(
  { value, raw_properties }: RawEvent,
  { gameId, keyFingerprint, newId, sent, received }: Arrival,
): StorableEvent {
  const event = value as Event
  const clientTime = event.occurred_at ? parseTime(event.occurred_at) : event.event_id && timeInsideUuid(event.event_id)
  const occurred = clientTime || received
  const mismatch = mismatchOf(event.name, event.properties)
  return {
    game_id: gameId,
    key_fingerprint: keyFingerprint,
    event_id: event.event_id ?? newId(),
    name: event.name,
    player_id: event.player_id,
    session_id: event.session_id ?? null,
    occurred_at: occurred.text,
    sent_at: sent?.text ?? null,
    received_at: received.text,
    ...(clientTime ? correctTime(clientTime, sent, received) : { corrected_at: received.text, clock_suspect: false }),
    app_version: event.app_version ?? null,
    platform: event.platform ?? null,
    properties: raw_properties ?? '{}',
    dated: Boolean(clientTime) || event.event_id === undefined,
    ...(mismatch !== undefined && { mismatch }),
  }
}

function quarantine(
  rawEvent: RawEvent,
  fault: Fault,
  { gameId, keyFingerprint, newId, sent, received }: Arrival,
): QuarantinedEvent {
  const { raw } = rawEvent
  const event_id = claimedId(rawEvent)
  const { reason } = fault
  return {
    rejection_id: event_id === null ? newId() : rejectionIdOf({ game_id: gameId, event_id, reason, raw }),
    game_id: gameId,
    event_id,
    received_at: received.text,
    ...fault,
    raw,
    key_fingerprint: keyFingerprint,
    name: claimedText(rawEvent, 'name'),
    app_version: claimedText(rawEvent, 'app_version'),
    sent_at: sent?.text ?? null,
  }
}

/** Returns the field, shortened and cleaned for a column of type text. Null if it is not a string. */
function claimedText({ value }: RawEvent, field: 'name' | 'app_version'): string | null {
  const text = isObject(value) ? value[field] : undefined
  return typeof text === 'string' ? shown(text) : null
}

/** Returns the event's id as the sender wrote it, for the answer. */
function sentId({ value }: RawEvent): string | null {
  return isObject(value) && typeof value['event_id'] === 'string' ? cut(value['event_id']) : null
}

/** Returns the event's id for a column of type uuid. Null if it is not a UUID. */
function claimedId(rawEvent: RawEvent): string | null {
  const id = sentId(rawEvent)
  return id !== null && UUID.test(id) ? id : null
}
