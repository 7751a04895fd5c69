// Parses a request's text, in any form of the contract, into raw events. If the events can be separated, a fault is a
// verdict on one event. Otherwise it is an error of the request.
import { RequestProblem } from '../contract/answer.ts'
import { EnvelopeSchema, EventSchema } from '../contract/event.ts'
import { BODY_DEPTH_MAX, REQUEST_EVENTS_MAX } from '../contract/limits.ts'
import { type Instant, parseTime } from './event-time.ts'
import { isNestedDeeper, JsonSpans, OPEN_BRACE, OPEN_BRACKET } from './json-spans.ts'
import { unknownField } from './near-name.ts'
import { jsonPointer } from './shown-text.ts'

/** One event of the body. */
export interface RawEvent {
  /** The parsed event, or undefined if its text is not JSON. */
  value: unknown
  /** The text of the event, as sent. */
  raw: string
  /** The text of `properties`. Of two members with that name the last counts, as in JSON.parse and jsonb. */
  raw_properties: string | undefined
}

const BLANK = /^[ \t\r\n]*$/

export interface ParsedBody {
  events: RawEvent[]
  /** `sent_at` of an envelope. */
  sent: Instant | undefined
}

/** @throws RequestProblem `invalid_body`, `no_events` or `too_many_events` */
export function parseBody(text: string, form: 'json' | 'ndjson'): ParsedBody {
  if (BLANK.test(text)) throw new RequestProblem('no_events', 'The body is empty. Send at least one event.')
  const body = form === 'ndjson' ? { events: ndjsonEvents(text), sent: undefined } : jsonBody(text)
  if (body.events.length === 0)
    throw new RequestProblem('no_events', 'The body contains no events. Send at least one event.')
  return body
}

function jsonBody(text: string): ParsedBody {
  const value = parseJson(text)
  const spans = new JsonSpans(text)
  if (Array.isArray(value)) return { events: arrayEvents(value, spans), sent: undefined }
  if (isObject(value) && Object.hasOwn(value, 'events')) return envelopeBody(value, spans)
  if (!isObject(value)) throw invalidBody('The body must be an event, an array of events, or {"events": […]}.')
  return { events: [readEvent(value, spans)], sent: undefined }
}

function envelopeBody(envelope: Record<string, unknown>, spans: JsonSpans): ParsedBody {
  const { events, sent_at } = envelope
  if (!Array.isArray(events)) throw invalidBody('events must be an array.', '/events')
  const unknown = Object.keys(envelope).find((key) => !Object.hasOwn(EnvelopeSchema.properties, key))
  if (unknown !== undefined) {
    const message = unknownField(unknown, 'a field beside events', Object.keys(EnvelopeSchema.properties))
    throw invalidBody(message, jsonPointer(unknown))
  }
  const sent = typeof sent_at === 'string' ? parseTime(sent_at) : undefined
  if (sent_at !== undefined && !sent) {
    const message = 'sent_at must be an RFC 3339 time with a zone, such as 2026-11-22T09:30:00Z.'
    throw invalidBody(message, '/sent_at')
  }
  let rawEvents: RawEvent[] | undefined
  spans.eachMember((key) => {
    if (key !== 'events') return void spans.skipValue()
    // JSON.parse keeps only the last of two members, so the events of the first would have no verdict. The parsed value is
    // an array, so a member whose text is not an array is the first of two.
    if (rawEvents || spans.peek() !== OPEN_BRACKET)
      throw invalidBody('The body has two members named events. Send one.', '/events')
    rawEvents = arrayEvents(events, spans)
  })
  return { events: rawEvents ?? [], sent }
}

function arrayEvents(values: unknown[], spans: JsonSpans): RawEvent[] {
  refuseTooMany(values.length)
  const events: RawEvent[] = []
  spans.eachElement(() => events.push(readEvent(values[events.length], spans)))
  return events
}

function refuseTooMany(events: number): void {
  if (events <= REQUEST_EVENTS_MAX) return
  throw new RequestProblem(
    'too_many_events',
    `The request has more than ${REQUEST_EVENTS_MAX} events. Send them in several requests.`,
  )
}

function readEvent(value: unknown, spans: JsonSpans): RawEvent {
  // The text decides whether this is an object: of two members named events, the first has no value.
  const isObjectText = spans.peek() === OPEN_BRACE
  const start = spans.at
  let raw_properties: string | undefined
  if (isObjectText) {
    spans.eachMember((key) => {
      const valueStart = spans.skipValue()
      if (key === 'properties') raw_properties = spans.text.slice(valueStart, spans.at)
    })
  } else spans.skipValue()
  return { value, raw: spans.text.slice(start, spans.at), raw_properties }
}

function ndjsonEvents(text: string): RawEvent[] {
  const events: RawEvent[] = []
  let start = 0
  // The text is not split, because a body of newlines would become an array of 8 million lines.
  while (start < text.length) {
    const newline = text.indexOf('\n', start)
    const end = newline === -1 ? text.length : newline
    const line = text.slice(start, end)
    start = end + 1
    if (BLANK.test(line)) continue
    refuseTooMany(events.length + 1)
    events.push(ndjsonEvent(line))
  }
  return events
}

/** A line that is not JSON is one event, which is rejected. The events of the other lines are not affected. */
function ndjsonEvent(line: string): RawEvent {
  try {
    return readEvent(parseJson(line), new JsonSpans(line))
  } catch (error) {
    if (!(error instanceof RequestProblem)) throw error
    return { value: undefined, raw: line.replace(/\r$/, ''), raw_properties: undefined }
  }
}

function parseJson(text: string): unknown {
  if (isNestedDeeper(text, BODY_DEPTH_MAX))
    throw invalidBody(`The body is nested deeper than ${BODY_DEPTH_MAX} levels.`)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw invalidBody(`The body is not JSON: ${(error as Error).message}.`)
  }
}

function invalidBody(message: string, path?: string): RequestProblem {
  return new RequestProblem('invalid_body', message, path)
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export const EVENT_FIELDS = Object.keys(EventSchema.properties)
