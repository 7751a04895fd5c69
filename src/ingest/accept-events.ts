// Turns a request's body into events to store, events to quarantine, and verdicts. The clock and new ids are arguments.
import { isUtf8 } from 'node:buffer'
import type { RequestProblem } from '../contract/answer.ts'
import { type Event, UUID_PATTERN } from '../contract/event.ts'
import type { Rejection } from '../contract/rejection.ts'
import type { QuarantinedEvent, StorableEvent } from './event-batch.ts'
import {
  type BelievedTimes,
  correctTime,
  type Instant,
  instantAt,
  isWithinCalendar,
  parseTime,
  timeInsideUuid,
} from './event-time.ts'
import { faultOf } from './judge-event.ts'
import { mismatchOf } from './observe-properties.ts'
import { type Fault, fault, isObject, parseBody, type RawEvent } from './parse-body.ts'
import { rejectionIdOf } from './rejection-id.ts'
import { cut, shown } from './shown-text.ts'

const UUID = new RegExp(UUID_PATTERN)

export interface AcceptContext {
  gameId: number
  believed: BelievedTimes
  /** The number of the key that sent the events. */
  keyNo: number | null
  /** The fingerprint of that key. It is kept with each rejected event. */
  keyFingerprint: string | null
  receivedAtMs: number
  /** The time of sending that the request gives beside its body. */
  sentAt?: string | undefined
  /** Makes a unique id of version 7 with this time in it, for events without an id and for their rejections. */
  newId: (ms: number) => string
  /** Called with the number of events before any is parsed. If it throws, the request is refused. */
  onCounted?: (events: number) => void
}

export interface AcceptedEvents {
  events: StorableEvent[]
  /** The rejected events. Each has the verdict of the same index in `verdicts`. */
  quarantined: QuarantinedEvent[]
  /** The part of the answer for each rejected event. */
  verdicts: Rejection[]
}

interface Body {
  bytes: Buffer
  form: 'json' | 'ndjson'
}

/** Other requests get a turn after this many characters, which take a few milliseconds. */
const STEP_LENGTH = 256 * 1024

/**
 * Parses the body, judges each event, and makes a row of each accepted and each rejected one.
 * @throws RequestProblem if the events cannot be told apart
 */
export function acceptEvents(body: Body, context: AcceptContext): AcceptedEvents {
  const steps = acceptInSteps(body, context)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** Does the same as {@link acceptEvents}, and yields at the places where other requests can get a turn. */
export function* acceptInSteps({ bytes, form }: Body, context: AcceptContext): Generator<undefined, AcceptedEvents> {
  const { events: rawEvents, count, sent = parseTime(context.sentAt ?? '') } = parseBody(bytes, form)
  context.onCounted?.(count)
  const arrival = { ...context, sent, received: instantAt(context.receivedAtMs) }
  const accepted: AcceptedEvents = { events: [], quarantined: [], verdicts: [] }
  let index = 0
  let stepLength = 0
  for (const rawEvent of rawEvents) {
    const found = faultOf(rawEvent)
    if (found) {
      accepted.verdicts.push({ index, event_id: sentId(rawEvent), ...found })
      accepted.quarantined.push(quarantine(rawEvent, found, arrival))
    } else accepted.events.push(makeStorable(rawEvent, arrival))
    index++
    stepLength += rawEvent.raw.length
    if (stepLength < STEP_LENGTH) continue
    stepLength = 0
    yield
  }
  return accepted
}

interface Arrival extends AcceptContext {
  sent: Instant | undefined
  received: Instant
}

function makeStorable(
  { value, members }: RawEvent,
  { gameId, believed, keyNo, keyFingerprint, newId, sent, received }: Arrival,
): StorableEvent {
  const event = value as Event
  const insideId = event.event_id == null ? undefined : timeInsideUuid(event.event_id)
  const clientTime = event.occurred_at
    ? parseTime(event.occurred_at)
    : insideId && isWithinCalendar(insideId) && insideId
  const occurred = clientTime || received
  const event_id = event.event_id ?? newId(occurred.ms >= 0 && isWithinCalendar(occurred) ? occurred.ms : received.ms)
  const mismatch = mismatchOf(event.name, event.properties, members.properties)
  return {
    game_id: gameId,
    key_no: keyNo,
    key_fingerprint: keyFingerprint,
    event_id,
    name: event.name,
    player_id: event.player_id,
    session_id: event.session_id || null,
    seq: event.seq ?? null,
    occurred_at: occurred.text,
    sent_at: sent?.text ?? null,
    received_at: received.text,
    identified_at: (timeInsideUuid(event_id) ?? occurred).text,
    ...(clientTime
      ? correctTime(clientTime, sent, received, believed)
      : { corrected_at: received.text, clock_suspect: false }),
    app_version: event.app_version || null,
    platform: event.platform || null,
    country: event.country?.toUpperCase() || null,
    properties: event.properties ? (members.properties ?? '{}') : '{}',
    dated: Boolean(clientTime || insideId) || event.event_id == null,
    ...(mismatch !== undefined && { mismatch }),
  }
}

/** Makes the quarantine's row of a body whose events cannot be told apart. A repeated request adds no further row. */
export function rejectBody(bytes: Buffer, problem: RequestProblem, context: AcceptContext): AcceptedEvents {
  const is_latin1 = !isUtf8(bytes)
  const raw = bytes.toString(is_latin1 ? 'latin1' : 'utf8')
  const body = { value: undefined, raw, members: {}, ...(is_latin1 && { is_latin1: true as const }) }
  const bodyFault = fault('invalid_body', '', shown(problem.message))
  const { gameId: game_id, receivedAtMs } = context
  const sent = parseTime(context.sentAt ?? '')
  const row = quarantine(body, bodyFault, { ...context, sent, received: instantAt(receivedAtMs) })
  const rejection_id = rejectionIdOf({ game_id, reason: 'invalid_body', event_id: '', raw })
  return { events: [], quarantined: [{ ...row, rejection_id }], verdicts: [{ index: 0, event_id: null, ...bodyFault }] }
}

function quarantine(
  rawEvent: RawEvent,
  why: Fault,
  { gameId, keyFingerprint, newId, sent, received }: Arrival,
): QuarantinedEvent {
  const { raw } = rawEvent
  const event_id = claimedId(rawEvent)
  const { reason } = why
  return {
    rejection_id: event_id === null ? newId(received.ms) : rejectionIdOf({ game_id: gameId, event_id, reason, raw }),
    game_id: gameId,
    event_id,
    received_at: received.text,
    ...why,
    raw,
    ...(rawEvent.is_latin1 && { is_latin1: true }),
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
