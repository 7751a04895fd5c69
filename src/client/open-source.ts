// Opens a file or standard input as plain bytes. Gzip is recognized by its first two bytes and inflated.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** The file name that means standard input. */
const STANDARD_INPUT = '-'

export interface Source {
  chunks: AsyncIterable<Buffer>
  /** The number of bytes read from the file, before inflating; for the progress bar. */
  bytesRead(): number
  /** Undefined unless the source is a regular file. */
  bytesTotal: number | undefined
  close(): void
}

/** The file cannot be read. The message is for the person who named it. */
export class SourceError extends Error {}

/** @throws SourceError, also while `chunks` are read */
export async function openSource(file: string, stdin: Readable): Promise<Source> {
  if (file === STANDARD_INPUT) return source('standard input', stdin, undefined)
  try {
    const stats = await stat(file)
    if (stats.isDirectory()) throw new SourceError(`${file} is a folder.`)
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
    if (!isGzip && name.endsWith('.gz') && head.length > 0) throw new SourceError(`${name} is not gzip.`)
    // Errors are thrown where the last stream is read.
    yield* isGzip ? pipeline(whole, createGunzip(), () => {}) : whole
  } catch (error) {
    throw asSourceError(name, error)
  }
}

/** Returns at least two bytes, which identify gzip, if there are as many. A pipe may give them one by one. */
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
  EACCES: 'may not be read',
  Z_BUF_ERROR: 'is incomplete: its gzip data ends too early',
  Z_DATA_ERROR: 'contains damaged gzip data',
}

function asSourceError(name: string, cause: unknown): SourceError {
  if (cause instanceof SourceError) return cause
  const { code = '', message } = cause as NodeJS.ErrnoException
  return new SourceError(`${name} ${EXPLANATIONS[code] ?? `cannot be read: ${message}`}.`, { cause })
}
