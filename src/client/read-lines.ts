// Splits a stream of bytes into lines. Its memory is bounded, however long the stream or a line is.

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

export interface Line {
  /** Counted from 1 and including blank lines, as in an editor. */
  number: number
  /** The line without its newline. */
  bytes: Buffer
  length: number
}

/**
 * Yields every line that is not blank. The server has the same rule for blank lines, so both count events alike.
 * A line longer than `lineBytesMax` has its `length` but not its bytes.
 */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  lineBytesMax: number,
  newline = 0x0a,
): AsyncGenerator<Line> {
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
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
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

/** Removes the byte order mark with which some editors begin a UTF-8 file. It is not part of the first event. */
function withoutByteOrderMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? bytes.subarray(3) : bytes
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)
}
