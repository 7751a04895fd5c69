// Parses a request's bytes, in any form of the contract, into raw events. What is wrong with one event is a fault of that
// event. Only a body whose events cannot be told apart is an error of the request.
import { isUtf8 } from 'node:buffer'
import { EVENT_BYTES_MAX } from '../contract/limits.ts'
import type { Rejection } from '../contract/rejection.ts'
import { type Instant, parseTime } from './event-time.ts'
import { JsonSpans } from './json-spans.ts'
import { shown } from './shown-text.ts'
import { type EventText, type Members, noteMember, splitBody } from './split-body.ts'

export type Fault = Pick<Rejection, 'reason' | 'path' | 'message'>

export const fault = (reason: Fault['reason'], path: string, message: string): Fault => ({ reason, path, message })

/** One event of the body. */
export interface RawEvent {
  /** The parsed event. Undefined if there is a `fault`. */
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
  events: RawEvent[]
  /** `sent_at` of an envelope. Undefined if it is not a time. */
  sent: Instant | undefined
}

const BYTE_ORDER_MARK = '\uFEFF'

/** @throws RequestProblem `invalid_body`, `no_events` or `too_many_events` */
export function parseBody(bytes: Buffer, form: 'json' | 'ndjson'): ParsedBody {
  // The structure of JSON is ASCII. So if a part is not UTF-8, the body is divided as bytes, and only that part is rejected.
  const isText = isUtf8(bytes)
  const text = isText ? withoutMark(bytes.toString()) : bytes.toString('latin1')
  const { events, sent_at } = splitBody(text, form)
  return {
    events: events.map(isText ? readEvent : readBytes),
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

function readEvent({ text: raw, members }: EventText): RawEvent {
  // A character has at most three bytes for each code unit.
  if (raw.length * 3 > EVENT_BYTES_MAX && Buffer.byteLength(raw) > EVENT_BYTES_MAX) {
    const message = `The event has ${Buffer.byteLength(raw)} bytes; the limit is ${EVENT_BYTES_MAX}.`
    return unread(raw, fault('event_too_large', '', message))
  }
  try {
    const value: unknown = JSON.parse(raw)
    return { value, raw, members: members ?? (isObject(value) ? membersOf(raw) : {}) }
  } catch (error) {
    return unread(raw, fault('invalid_json', '', `The event is not JSON: ${shown((error as Error).message)}.`))
  }
}

const unread = (raw: string, reason: Fault): RawEvent => ({ value: undefined, raw, members: {}, fault: reason })

/** @param raw is the text of an object */
function membersOf(raw: string): Members {
  const members: Members = {}
  const spans = new JsonSpans(raw)
  spans.eachMember((key) => noteMember(spans, key, members))
  return members
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
