// Divides the text of a request into the texts of its events, without reading them. It needs only the structure around the
// events, so what is wrong inside one of them does not affect the others.
import { RequestProblem } from '../contract/answer.ts'
import { REQUEST_EVENTS_MAX } from '../contract/limits.ts'
import { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, JsonSpans, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './json-spans.ts'

const BLANK = /^[ \t\r\n]*$/

export interface DividedBody {
  /** The text of each event, without white space around it. It may not be JSON, and may be empty. */
  texts: string[]
  /** The text of `sent_at` of an envelope, which may not be JSON. */
  sent_at?: string
}

/** @throws RequestProblem `invalid_body`, `no_events` or `too_many_events` */
export function splitBody(text: string, form: 'json' | 'ndjson'): DividedBody {
  if (BLANK.test(text)) throw new RequestProblem('no_events', 'The body is empty. Send at least one event.')
  const body = form === 'ndjson' ? { texts: lines(text) } : new BodySplitter(text).split()
  if (body.texts.length === 0)
    throw new RequestProblem('no_events', 'The body contains no events. Send at least one event.')
  return body
}

function lines(text: string): string[] {
  const found: string[] = []
  let start = 0
  // The text is not split, because a body of newlines would become an array of 8 million lines.
  while (start < text.length) {
    const newline = text.indexOf('\n', start)
    const end = newline === -1 ? text.length : newline
    const line = text.slice(start, end)
    start = end + 1
    if (!BLANK.test(line)) addText(found, trimmed(line))
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

function addText(texts: string[], text: string): void {
  if (texts.length === REQUEST_EVENTS_MAX)
    throw new RequestProblem(
      'too_many_events',
      `The request has more than ${REQUEST_EVENTS_MAX} events. Send them in several requests.`,
    )
  texts.push(text)
}

/** Divides a JSON body: an event, an array of events, or an envelope. */
class BodySplitter {
  private readonly spans: JsonSpans
  private readonly body: DividedBody = { texts: [] }

  constructor(text: string) {
    this.spans = new JsonSpans(text)
  }

  split(): DividedBody {
    const { spans, body } = this
    const first = spans.peek()
    const start = spans.at
    if (first === OPEN_BRACKET) this.addElements()
    else if (first !== OPEN_BRACE)
      throw invalidBody('The body must be an event, an array of events, or {"events": […]}.')
    else if (!this.readEnvelope()) body.texts = [spans.text.slice(start, spans.at)]
    if (!spans.isAtEnd()) throw invalidBody('Text follows the end of the JSON. Send NDJSON as application/x-ndjson.')
    return body
  }

  /** Reads past the object at this position. Returns false if it has no member `events`, so that it is one event. */
  private readEnvelope(): boolean {
    const { spans, body } = this
    let isEnvelope = false
    spans.at++
    while (spans.peek() !== CLOSE_BRACE) {
      const key = this.readKey()
      if (key === 'events') {
        if (spans.peek() !== OPEN_BRACKET) throw invalidBody('events must be an array.', '/events')
        isEnvelope = true
        this.addElements()
      } else {
        const value = this.readPart(CLOSE_BRACE)
        if (key === 'sent_at') body.sent_at = value
      }
      if (spans.peek() === COMMA) spans.at++
    }
    spans.at++
    return isEnvelope
  }

  private readKey(): string | undefined {
    const { spans } = this
    if (spans.peek() !== QUOTE) throw notJson()
    const start = spans.skipValue()
    const key = unquoted(spans.text.slice(start, spans.at))
    if (spans.peek() !== COLON) throw notJson()
    spans.at++
    return key
  }

  private addElements(): void {
    const { spans, body } = this
    spans.at++
    if (spans.peek() === CLOSE_BRACKET) {
      spans.at++
      return
    }
    for (;;) {
      addText(body.texts, this.readPart(CLOSE_BRACKET))
      const isLast = spans.peek() === CLOSE_BRACKET
      spans.at++
      if (isLast) return
    }
  }

  /** Reads up to the next comma or the closing bracket, and returns the text before it. */
  private readPart(closing: number): string {
    const { spans } = this
    spans.peek()
    const start = spans.at
    let end = start
    for (;;) {
      const next = spans.peek()
      if (next === COMMA || next === closing) return spans.text.slice(start, end)
      if (Number.isNaN(next) || next === CLOSE_BRACE || next === CLOSE_BRACKET) throw notJson()
      spans.skipValue()
      end = spans.at
    }
  }
}

function unquoted(text: string): string | undefined {
  try {
    return JSON.parse(text) as string
  } catch {
    return undefined // not the name of a field that counts
  }
}

function notJson(): RequestProblem {
  return invalidBody('The body is not JSON, and its events cannot be told apart.')
}

function invalidBody(message: string, path?: string): RequestProblem {
  return new RequestProblem('invalid_body', message, path)
}
