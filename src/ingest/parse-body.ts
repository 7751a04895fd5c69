// Parses a request's bytes, in any form of the contract, into raw events. What is wrong with one event is a fault of that
// event. Only a body whose events cannot be told apart is an error of the request.
import { isUtf8 } from 'node:buffer'
import { EVENT_BYTES_MAX, PROPERTIES_DEPTH_MAX } from '../contract/limits.ts'
import type { Rejection } from '../contract/rejection.ts'
import { type Instant, parseTime } from './event-time.ts'
import { JsonSpans } from './json-spans.ts'
import { jsonPointer, shown } from './shown-text.ts'
import { type EventText, type Members, noteMember, splitBody, type Walked } from './split-body.ts'

export type Fault = Pick<Rejection, 'reason' | 'path' | 'message'>

export const fault = (reason: Fault['reason'], path: string, message: string): Fault => ({ reason, path, message })

/** One event of the body. */
export interface RawEvent {
  /** The parsed event. With a `fault`, it is undefined or has only some values. */
  value: unknown
  /** The text of the event, as sent. */
  raw: string
  /** The event is not UTF-8, so each character of `raw` is one byte of it. */
  is_latin1?: true
  members: Members
  /** Why the text is not read. */
  fault?: Fault
}

export interface ParsedBody {
  /** Each event is parsed when it is asked for, so that only one parsed value is held in memory. */
  events: IteratorObject<RawEvent>
  /** The number of events. */
  count: number
  /** `sent_at` of an envelope. Undefined if it is not a time. */
  sent: Instant | undefined
}

const BYTE_ORDER_MARK = '\uFEFF'
/** Levels of an event with the deepest properties. */
const EVENT_DEPTH_MAX = PROPERTIES_DEPTH_MAX + 1
const CLAIMED_FIELDS = ['event_id', 'name', 'app_version']
/** Characters of the JSON of one of these fields. */
const CLAIM_LENGTH_MAX = 1_000
export const NOT_AN_OBJECT = fault('not_an_object', '', 'An event must be a JSON object.')

/** @throws RequestProblem `invalid_body`, `no_events` or `too_many_events` */
export function parseBody(bytes: Buffer, form: 'json' | 'ndjson'): ParsedBody {
  // The structure of JSON is ASCII. So if a part is not UTF-8, the body is divided as bytes, and only that part is rejected.
  const isText = isUtf8(bytes)
  const text = isText ? withoutMark(bytes.toString()) : bytes.toString('latin1')
  const { events, sent_at } = splitBody(text, form)
  return {
    events: events.values().map(isText ? readEvent : readBytes),
    count: events.length,
    sent: sent_at === undefined ? undefined : readTime(sent_at),
  }
}

function withoutMark(text: string): string {
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text
}

function readTime(json: string): Instant | undefined {
  const value = parseJson(json)
  return typeof value === 'string' ? parseTime(value) : undefined
}

/** @param event has a character for each byte */
function readBytes({ text }: EventText): RawEvent {
  const bytes = Buffer.from(text, 'latin1')
  if (isUtf8(bytes)) return readEvent({ text: bytes.toString() })
  const message = 'The event is not valid UTF-8.'
  return { ...unread(text, fault('invalid_utf8', '', message)), is_latin1: true }
}

function readEvent({ text: raw, walked }: EventText): RawEvent {
  // A character has at most three bytes for each code unit.
  if (raw.length * 3 > EVENT_BYTES_MAX && Buffer.byteLength(raw) > EVENT_BYTES_MAX) {
    const message = `The event has ${Buffer.byteLength(raw)} bytes; the limit is ${EVENT_BYTES_MAX}.`
    return unread(raw, fault('event_too_large', '', message))
  }
  // An array is not parsed, because parsing nested arrays takes ten times as long as parsing an event.
  if (raw.startsWith('[')) return unread(raw, NOT_AN_OBJECT)
  const { members, depth } = walked ?? walk(raw)
  if (depth > EVENT_DEPTH_MAX) return tooDeep(raw, members)
  try {
    return { value: JSON.parse(raw), raw, members }
  } catch (error) {
    return unread(raw, fault('invalid_json', '', `The event is not JSON: ${shown((error as Error).message)}.`))
  }
}

/** Parses only the fields that say which event it is. The other fields are undefined. */
function tooDeep(raw: string, members: Members): RawEvent {
  const value: Record<string, unknown> = {}
  let deepKey = ''
  const spans = new JsonSpans(raw)
  spans.eachMember((key) => {
    spans.deepest = 0
    const start = spans.skipValue()
    if (spans.deepest > PROPERTIES_DEPTH_MAX) deepKey = key
    value[key] = CLAIMED_FIELDS.includes(key) ? parseText(raw.slice(start, spans.at)) : undefined
  })
  const reason = deepKey === 'properties' ? 'properties_too_deep' : 'wrong_type'
  const message = `${shown(deepKey)} is nested deeper than ${PROPERTIES_DEPTH_MAX} levels.`
  return { value, raw, members, fault: fault(reason, jsonPointer(deepKey), message) }
}

function parseText(json: string): string | undefined {
  const value = json.length <= CLAIM_LENGTH_MAX ? parseJson(json) : undefined
  return typeof value === 'string' ? value : undefined
}

const unread = (raw: string, reason: Fault): RawEvent => ({ value: undefined, raw, members: {}, fault: reason })

/** @param raw may not be JSON */
function walk(raw: string): Walked {
  const members: Members = {}
  const spans = new JsonSpans(raw)
  if (raw.startsWith('{')) spans.eachMember((key) => noteMember(spans, key, members))
  return { members, depth: spans.deepest + 1 }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
