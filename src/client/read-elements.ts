// Divides the bytes of a JSON array into its elements. Its memory is bounded, however long the array or an element is.
import type { Line } from './read-lines.ts'

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c]
const OPENING = [0x5b, 0x7b]
const CLOSING = [0x5d, 0x7d]
const LINE_BREAKS = [0x0a, 0x0d]
const SPACE = 0x20

/**
 * Yields each element with its number, counted from 1. A line break becomes a space, so that an element fits into a line of
 * NDJSON: inside of a text, JSON has no line breaks. What follows the array is the last element, which the server rejects.
 */
export async function* readElements(chunks: AsyncIterable<Buffer>, bytesMax: number): AsyncGenerator<Line> {
  const element = new Element(bytesMax)
  let depth = 0
  let isInString = false
  let isEscaped = false
  for await (const chunk of chunks) {
    for (const byte of chunk) {
      if (isInString) {
        isInString = isEscaped || byte !== QUOTE
        isEscaped = !isEscaped && byte === BACKSLASH
      } else if (byte === QUOTE) isInString = true
      else if (OPENING.includes(byte) && depth++ === 0) continue
      else if (CLOSING.includes(byte) && --depth === 0) {
        const last = element.end()
        if (last) yield last
        continue
      } else if (byte === COMMA && depth === 1) {
        yield element.end() ?? element.empty()
        continue
      }
      element.add(LINE_BREAKS.includes(byte) ? SPACE : byte)
    }
  }
  const rest = element.end()
  if (rest) yield rest
}

class Element {
  private readonly bytesMax: number
  private bytes: number[] = []
  private length = 0
  private number = 0

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax
  }

  add(byte: number): void {
    if (this.length === 0 && byte <= SPACE) return
    this.length++
    if (this.length <= this.bytesMax) this.bytes.push(byte)
    else this.bytes = []
  }

  /** @returns the element, or undefined if it has only white space */
  end(): Line | undefined {
    if (this.length === 0) return undefined
    const line = { number: ++this.number, bytes: Buffer.from(this.bytes), length: this.length }
    this.bytes = []
    this.length = 0
    return line
  }

  empty(): Line {
    return { number: ++this.number, bytes: Buffer.alloc(0), length: 0 }
  }
}
