// A stream's bytes in lines, untouched, with constant memory however long the stream or a line of it is.

const NEWLINE = 0x0a
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

export interface Line {
  /** Counted from 1, blank lines too: as an editor shows it. */
  number: number
  /** Without the newline. */
  bytes: Buffer
  length: number
}

/**
 * Every line that is not blank. What is blank the server decides alike, so its index of an event is ours.
 * A line longer than `lineBytesMax` comes with its `length` and without its bytes.
 */
export async function* readLines(chunks: AsyncIterable<Buffer>, lineBytesMax: number): AsyncGenerator<Line> {
  let number = 0
  let length = 0
  let parts: Buffer[] = []
  const take = (part: Buffer) => {
    length += part.length
    if (length > lineBytesMax) parts = []
    else parts.push(part)
  }
  const endLine = (): Line | undefined => {
    number += 1
    const whole = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
    const bytes = number === 1 ? withoutByteOrderMark(whole) : whole
    const line = { number, bytes, length }
    length = 0
    parts = []
    return line.length > lineBytesMax || !isBlank(bytes) ? line : undefined
  }
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      take(chunk.subarray(start, end))
      start = end + 1
      const line = endLine()
      if (line) yield line
    }
    if (start < chunk.length) take(chunk.subarray(start))
  }
  const last = endLine()
  if (last) yield last
}

/** Some editors and exports begin a UTF-8 file with it; it belongs to the file, not to its first event. */
function withoutByteOrderMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? bytes.subarray(3) : bytes
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)
}
