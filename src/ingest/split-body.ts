// Divides the text of a request into the texts of its events, without reading them. It needs only the structure around the
// events, so what is wrong inside one of them does not affect the others.
import { RequestProblem } from '../contract/answer.ts'
import { REQUEST_EVENTS_MAX, REQUEST_LINES_MAX } from '../contract/limits.ts'
import { CLOSE_BRACE, CLOSE_BRACKET, COMMA, JsonSpans, OPEN_BRACE, OPEN_BRACKET } from './json-spans.ts'

const BLANK = /^[ \t\r\n]*$/

/** The texts of those members of an event that are needed as sent. Of two members with one name the last counts, as in JSON.parse. */
export type Members = Partial<Record<'properties' | 'seq', string>>

export interface EventText {
  /** Without white space around it. It may not be JSON, and may be empty. */
  text: string
  /** Absent if the text was not walked. */
  walked?: Walked
}

/** What one walk over the text of an event finds. */
export interface Walked {
  members: Members
  /** The levels of objects and arrays, the event itself included. */
  depth: number
}

export interface DividedBody {
  events: EventText[]
  /** The text of `sent_at` of an envelope, which may not be JSON. */
  sent_at?: string
}

/** @throws RequestProblem `invalid_body`, `no_events` or `too_many_events` */
export function splitBody(text: string, form: 'json' | 'ndjson'): DividedBody {
  if (BLANK.test(text)) throw new RequestProblem('no_events', 'The body is empty. Send at least one event.')
  const body = form === 'ndjson' ? { events: lines(text) } : new BodySplitter(text).split()
  if (body.events.length === 0)
    throw new RequestProblem('no_events', 'The body contains no events. Send at least one event.')
  return body
}

function lines(text: string): EventText[] {
  const found: EventText[] = []
  let start = 0
  let count = 0
  // The text is not split, because a body of newlines would become an array of 8 million lines.
  while (start < text.length) {
    if (++count > REQUEST_LINES_MAX)
      throw tooMany(
        `The body has more than ${REQUEST_LINES_MAX} lines. Leave out blank lines, or send several requests.`,
      )
    const newline = text.indexOf('\n', start)
    const end = newline === -1 ? text.length : newline
    const line = text.slice(start, end)
    start = end + 1
    if (!BLANK.test(line)) addEvent(found, { text: trimmed(line) })
  }
  return found
}

/** Removes the white space of JSON only. A regular expression would take quadratic time for spaces inside the text. */
function trimmed(text: string): string {
  let start = 0
  let end = text.length
  while (SPACES.includes(text[start] ?? '')) start++
  while (SPACES.includes(text[end - 1] ?? '')) end--
  return text.slice(start, end)
}

const SPACES = [' ', '\t', '\r']

function addEvent(events: EventText[], event: EventText): void {
  if (events.length === REQUEST_EVENTS_MAX)
    throw tooMany(`The request has more than ${REQUEST_EVENTS_MAX} events. Send them in several requests.`)
  events.push(event)
}

/** Notes a member of an event whose value begins at the position of `spans`, and reads past it. */
export function noteMember(spans: JsonSpans, key: string, members: Members): void {
  const start = spans.skipValue()
  if (key === 'properties' || key === 'seq') members[key] = spans.text.slice(start, spans.at)
}

/** Divides a JSON body: an event, an array of events, or an envelope. */
class BodySplitter {
  private readonly spans: JsonSpans
  private readonly body: DividedBody = { events: [] }

  constructor(text: string) {
    this.spans = new JsonSpans(text)
  }

  split(): DividedBody {
    const { spans, body } = this
    const first = spans.peek()
    if (first === OPEN_BRACKET) this.addElements()
    else if (first === OPEN_BRACE) this.addObject()
    else throw invalidBody('The body must be an event, an array of events, or {"events": […]}.')
    if (!spans.isAtEnd()) throw invalidBody('Text follows the end of the JSON. Send NDJSON as application/x-ndjson.')
    return body
  }

  /** Reads an object: an envelope if it has a member `events`, otherwise one event. */
  private addObject(): void {
    const { spans, body } = this
    const start = spans.at
    const members: Members = {}
    let isEnvelope = false
    const isObject = spans.eachMember((key) => {
      if (key === 'events') {
        if (spans.peek() !== OPEN_BRACKET) throw invalidBody('events must be an array.', '/events')
        isEnvelope = true
        this.addElements()
        return
      }
      spans.peek()
      const valueStart = spans.at
      noteMember(spans, key, members)
      if (key === 'sent_at') body.sent_at = spans.text.slice(valueStart, spans.at)
    })
    if (!isObject) throw notJson()
    const walked = { members, depth: spans.deepest + 1 }
    if (!isEnvelope) body.events = [{ text: spans.text.slice(start, spans.at), walked }]
  }

  private addElements(): void {
    const { spans, body } = this
    spans.at++
    if (spans.peek() === CLOSE_BRACKET) {
      spans.at++
      return
    }
    for (;;) {
      addEvent(body.events, this.readElement())
      const isLast = spans.peek() === CLOSE_BRACKET
      spans.at++
      if (isLast) return
    }
  }

  /** Reads up to the next comma or closing bracket. Nearly every element is an object, and is read in one walk. */
  private readElement(): EventText {
    const { spans } = this
    const isBrace = spans.peek() === OPEN_BRACE
    const start = spans.at
    const members: Members = {}
    spans.deepest = 0
    if (isBrace && spans.eachMember((key) => noteMember(spans, key, members))) {
      const text = spans.text.slice(start, spans.at)
      const next = spans.peek()
      if (next === COMMA || next === CLOSE_BRACKET) return { text, walked: { members, depth: spans.deepest + 1 } }
    }
    spans.at = start
    return { text: this.readPart() }
  }

  private readPart(): string {
    const { spans } = this
    const start = spans.at
    let end = start
    for (;;) {
      const next = spans.peek()
      if (next === COMMA || next === CLOSE_BRACKET) return spans.text.slice(start, end)
      if (Number.isNaN(next) || next === CLOSE_BRACE) throw notJson()
      spans.skipValue()
      end = spans.at
    }
  }
}

const tooMany = (detail: string) => new RequestProblem('too_many_events', detail)

function notJson(): RequestProblem {
  return invalidBody('The body is not JSON, and its events cannot be told apart.')
}

function invalidBody(message: string, path?: string): RequestProblem {
  return new RequestProblem('invalid_body', message, path)
}
