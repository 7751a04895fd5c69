// Finds the text of values inside JSON that JSON.parse has accepted. Properties and rejected events are stored as this
// text, so that integers beyond 2^53 keep every digit.

const QUOTE = 0x22
const BACKSLASH = 0x5c
export const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
export const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const COMMA = 0x2c

/** Reads valid JSON text. Each method moves `at` to the end of the part that it has read. */
export class JsonSpans {
  readonly text: string
  at = 0

  constructor(text: string) {
    this.text = text
  }

  /** Moves to the next value and returns the code of its first character. */
  peek(): number {
    const { text } = this
    while (text.charCodeAt(this.at) <= 0x20) this.at++
    return text.charCodeAt(this.at)
  }

  /** Reads past one value of any kind and returns its start. Its end is `at`. */
  skipValue(): number {
    const first = this.peek()
    const start = this.at
    if (first === QUOTE) this.skipString()
    else if (first === OPEN_BRACE || first === OPEN_BRACKET) this.skipNested()
    else while (this.at < this.text.length && !endsScalar(this.text.charCodeAt(this.at))) this.at++
    return start
  }

  /** Calls `visit` at each element of the array at this position. `visit` must read past the element. */
  eachElement(visit: () => void): void {
    this.peek()
    this.at++
    while (this.moveToNext(CLOSE_BRACKET)) visit()
    this.at++
  }

  /** Calls `visit` at the value of each member of the object at this position. `visit` must read past the value. */
  eachMember(visit: (key: string) => void): void {
    this.peek()
    this.at++
    while (this.moveToNext(CLOSE_BRACE)) {
      const key = this.readKey()
      this.peek()
      this.at++ // the colon
      visit(key)
    }
    this.at++
  }

  /** Moves to the next element or member. Returns false at the closing bracket. */
  private moveToNext(closing: number): boolean {
    if (this.peek() === COMMA) this.at++
    return this.peek() !== closing
  }

  private readKey(): string {
    const start = this.at
    this.skipString()
    const raw = this.text.slice(start + 1, this.at - 1)
    return raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw
  }

  private skipString(): void {
    this.at = closingQuote(this.text, this.at) + 1
  }

  private skipNested(): void {
    const { text } = this
    let depth = 0
    do {
      const code = text.charCodeAt(this.at)
      if (code === QUOTE) {
        this.skipString()
        continue
      }
      if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++
      else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--
      this.at++
    } while (depth > 0)
  }
}

/** Returns the place of the quote that ends the string at this place, or -1. */
function closingQuote(text: string, at: number): number {
  let quote = text.indexOf('"', at + 1)
  while (isEscaped(text, quote)) quote = text.indexOf('"', quote + 1)
  return quote
}

function isEscaped(text: string, quote: number): boolean {
  let backslashes = 0
  while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes++
  return backslashes % 2 === 1
}

function endsScalar(code: number): boolean {
  return code <= 0x20 || code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET
}

/**
 * Returns true if objects and arrays are nested deeper than this. It does not parse the text, which may not be JSON, because
 * JSON.parse itself is slow for a text with millions of levels.
 */
export function isNestedDeeper(text: string, depthMax: number): boolean {
  // Each level has an opening and a closing bracket.
  if (text.length <= 2 * depthMax) return false
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      at = closingQuote(text, at)
      if (at === -1) return false // the string does not end, so JSON.parse will refuse the text
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > depthMax) return true
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--
  }
  return false
}
