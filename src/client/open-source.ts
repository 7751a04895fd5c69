// Opens a file or standard input as a stream of bytes. Gzip is recognised by its first two bytes and inflated.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** The file name that means standard input. */
const STANDARD_INPUT = '-'

export interface Source {
  chunks: AsyncIterable<Buffer>
  /** The number of bytes read so far, before inflating. */
  bytesRead(): number
  /** The size of a regular file, otherwise undefined. */
  bytesTotal: number | undefined
  close(): void
}

/** The file cannot be read to its end. The message is for the user. */
export class SourceError extends Error {}

/** @throws SourceError here and while `chunks` are read */
export async function openSource(file: string, stdin: Readable): Promise<Source> {
  if (file === STANDARD_INPUT) return source('standard input', stdin, undefined)
  try {
    const stats = await stat(file)
    if (stats.isDirectory()) throw new SourceError(`${file} is a folder. Give a file.`)
    return source(file, createReadStream(file), stats.isFile() ? stats.size : undefined)
  } catch (error) {
    throw asSourceError(file, error)
  }
}

function source(name: string, raw: Readable, bytesTotal: number | undefined): Source {
  let bytesRead = 0
  async function* counted() {
    for await (const chunk of raw) {
      bytesRead += chunk.length
      yield chunk as Buffer
    }
  }
  return {
    chunks: inflated(name, counted()),
    bytesRead: () => bytesRead,
    bytesTotal,
    close: () => raw.destroy(),
  }
}

async function* inflated(name: string, raw: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    const head = await readHead(raw)
    const whole = Readable.from(joined(head, raw))
    const isGzip = head[0] === 0x1f && head[1] === 0x8b
    if (!isGzip && name.endsWith('.gz') && head.length > 0) throw new SourceError(`${name} is not a gzip file.`)
    // The callback is empty, because errors also surface where the last stream is read.
    yield* isGzip ? pipeline(whole, createGunzip(), () => {}) : whole
  } catch (error) {
    throw asSourceError(name, error)
  }
}

/** Reads at least the two bytes that identify gzip, because a pipe may deliver them one by one. */
async function readHead(raw: AsyncGenerator<Buffer>): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0)
  while (head.length < 2) {
    const { value, done } = await raw.next()
    if (done) return head
    head = Buffer.concat([head, value])
  }
  return head
}

async function* joined(head: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head
  yield* rest
}

const EXPLANATIONS: Record<string, string> = {
  ENOENT: 'does not exist',
  EACCES: 'cannot be read: permission denied',
  Z_BUF_ERROR: 'is an incomplete gzip file',
  Z_DATA_ERROR: 'is a damaged gzip file',
}

function asSourceError(name: string, cause: unknown): SourceError {
  if (cause instanceof SourceError) return cause
  const { code = '', message } = cause as NodeJS.ErrnoException
  return new SourceError(`${name} ${EXPLANATIONS[code] ?? `cannot be read: ${message}`}.`, { cause })
}
