// Finds the text of values inside JSON. Properties and rejected events are stored as this text, so that integers beyond 2^53
// keep every digit.

const QUOTE = 0x22
const BACKSLASH = 0x5c
export const OPEN_BRACKET = 0x5b
export const CLOSE_BRACKET = 0x5d
export const OPEN_BRACE = 0x7b
export const CLOSE_BRACE = 0x7d
export const COMMA = 0x2c
const COLON = 0x3a

/** Reads JSON text. Each method moves `at` to the end of the part that it has read, which is the end of the text at most. */
export class JsonSpans {
  readonly text: string
  at = 0
  /** The levels of the deepest value that `skipValue` has read since this was last set to 0. */
  deepest = 0

  constructor(text: string) {
    this.text = text
  }

  /** Moves to the next value and returns the code of its first character, or NaN at the end of the text. */
  peek(): number {
    const { text } = this
    while (text.charCodeAt(this.at) <= 0x20) this.at++
    return text.charCodeAt(this.at)
  }

  isAtEnd(): boolean {
    return Number.isNaN(this.peek())
  }

  /**
   * Reads past one value of any kind and returns its start. Its end is `at`. Of a text that is not JSON, it reads past at
   * least one character, and past brackets with everything up to the bracket that closes them.
   */
  skipValue(): number {
    const first = this.peek()
    const start = this.at
    if (first === QUOTE) this.skipString()
    else if (first === OPEN_BRACE || first === OPEN_BRACKET) this.skipNested()
    else
      do this.at++
      while (this.at < this.text.length && !endsScalar(this.text.charCodeAt(this.at)))
    return start
  }

  /**
   * Calls `visit` at the value of each member of the object at this position. `visit` must read past the value.
   * @returns false if the text is not an object, with `at` anywhere in it
   */
  eachMember(visit: (key: string) => void): boolean {
    this.peek()
    this.at++
    if (this.peek() === CLOSE_BRACE) {
      this.at++
      return true
    }
    for (;;) {
      const key = this.peek() === QUOTE ? this.readKey() : undefined
      if (key === undefined || this.peek() !== COLON) return false
      this.at++
      visit(key)
      const next = this.peek()
      this.at++
      if (next !== COMMA) return next === CLOSE_BRACE
    }
  }

  /** Returns undefined if the string has an invalid escape. */
  private readKey(): string | undefined {
    const start = this.at
    this.skipString()
    const raw = this.text.slice(start + 1, this.at - 1)
    if (!raw.includes('\\')) return raw
    try {
      return JSON.parse(`"${raw}"`) as string
    } catch {
      return undefined
    }
  }

  private skipString(): void {
    const closing = closingQuote(this.text, this.at)
    this.at = closing === -1 ? this.text.length : closing + 1
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
      if (code === OPEN_BRACE || code === OPEN_BRACKET) {
        if (++depth > this.deepest) this.deepest = depth
      } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--
      this.at++
    } while (depth > 0 && this.at < text.length)
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
