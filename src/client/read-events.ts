// Reads the events of a file in any form that people have: NDJSON with any line breaks, or a JSON array; UTF-8 or UTF-16.
import { readElements } from './read-elements.ts'
import { type Line, readLines } from './read-lines.ts'

const [CARRIAGE_RETURN, NEWLINE, OPEN_BRACKET] = [0x0d, 0x0a, 0x5b]
const UTF16_MARKS: [number, number, string][] = [
  [0xff, 0xfe, 'utf-16le'],
  [0xfe, 0xff, 'utf-16be'],
]

export interface EventsOfFile {
  /** What the numbers count. */
  numbered: 'line' | 'event'
  events: AsyncGenerator<Line>
}

/** @param bytesMax an event that is longer has its length but not its bytes */
export async function readEvents(chunks: AsyncIterable<Buffer>, bytesMax: number): Promise<EventsOfFile> {
  const raw = chunks[Symbol.asyncIterator]()
  const start = await headOf(raw)
  const encoding = UTF16_MARKS.find(([first, second]) => start[0] === first && start[1] === second)?.[2]
  const text = encoding ? decoded(joined(start, raw), encoding)[Symbol.asyncIterator]() : raw
  const head = encoding ? await headOf(text) : start
  const whole = joined(head, text)
  if (firstVisible(head) === OPEN_BRACKET) return { numbered: 'event', events: readElements(whole, bytesMax) }
  const isCrOnly = head.includes(CARRIAGE_RETURN) && !head.includes(NEWLINE)
  return { numbered: 'line', events: readLines(whole, bytesMax, isCrOnly ? CARRIAGE_RETURN : NEWLINE) }
}

/** Reads until there is a visible byte, because a pipe may deliver the bytes one by one. */
async function headOf(chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0)
  while (head.length < 2 || firstVisible(head) === undefined) {
    const { value, done } = await chunks.next()
    if (done) return head
    head = Buffer.concat([head, value])
  }
  return head
}

/** Skips white space and a byte order mark. */
function firstVisible(bytes: Buffer): number | undefined {
  return bytes.find((byte) => byte > 0x20 && ![0xef, 0xbb, 0xbf].includes(byte))
}

async function* joined(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
}

async function* decoded(chunks: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding)
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }))
  yield Buffer.from(decoder.decode())
}
