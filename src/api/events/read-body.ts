// Inflates the bytes of a body within limits.
import type { IncomingHttpHeaders } from 'node:http'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib'
import { RequestProblem } from '../../contract/answer.ts'
import { REQUEST_INFLATED_BYTES_MAX } from '../../contract/limits.ts'
import { tooMuch } from '../admission/in-flight.ts'

/** With the option `info`, which the types of Node lack, zlib returns how many bytes of its input it used. */
type Inflate = (
  bytes: Buffer,
  options: { maxOutputLength: number; chunkSize: number; info: true },
) => Promise<{ buffer: Buffer; engine: { bytesWritten: number } }>

const INFLATE = new Map(
  Object.entries({ gzip: gunzip, 'x-gzip': gunzip, deflate: inflate, br: brotliDecompress, zstd: zstdDecompress }).map(
    ([encoding, inflating]) => [encoding, promisify(inflating) as unknown as Inflate],
  ),
)

/** With zlib's default of 16 KiB, a body of 8 MiB arrives in 512 pieces, whose handling takes longer than inflating them. */
const INFLATED_CHUNK_BYTES = 256 * 1024

/** zlib has four threads. More bodies at the same time would only take memory, up to 8 MiB each. */
const INFLATING_MAX = 4
/** A body that waits longer than this is refused, before its connection counts as idle. */
const TURN_WAIT_MS_MAX = 10_000
const inTurn = fairTurns(INFLATING_MAX)

/**
 * @param gameId games take turns, so that no game waits behind all bodies of another
 * @throws RequestProblem `unsupported_content_type`, `unsupported_content_encoding`, `body_too_large` or `invalid_body`
 */
export async function readBody(body: Buffer, headers: IncomingHttpHeaders, gameId: number): Promise<Buffer> {
  refuseOtherCharsets(headers['content-type'])
  const encoding = headers['content-encoding']?.trim().toLowerCase() || 'identity'
  return encoding === 'identity' ? body : inTurn(gameId, () => inflated(body, encoding))
}

/** Text of another charset that is read as UTF-8 would be stored with wrong characters. */
function refuseOtherCharsets(contentType = ''): void {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(contentType)?.[1]
  if (charset === undefined || /^(utf-?8|us-ascii)$/i.test(charset)) return
  const detail = `The charset must be utf-8; it is ${JSON.stringify(charset)}.`
  throw new RequestProblem('unsupported_content_type', detail)
}

async function inflated(body: Buffer, encoding: string): Promise<Buffer> {
  const inflating = INFLATE.get(encoding)
  if (!inflating) {
    const detail = `Content-Encoding must be one of ${[...INFLATE.keys()].join(', ')}; it is ${JSON.stringify(encoding)}.`
    throw new RequestProblem('unsupported_content_encoding', detail)
  }
  try {
    const { buffer, engine } = await inflating(body, {
      maxOutputLength: REQUEST_INFLATED_BYTES_MAX,
      chunkSize: INFLATED_CHUNK_BYTES,
      info: true,
    })
    if (engine.bytesWritten === body.length) return buffer
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ERR_BUFFER_TOO_LARGE')
      throw new RequestProblem('invalid_body', `The body is not valid ${encoding}: ${message}.`)
    const detail = `The body inflates to more than ${REQUEST_INFLATED_BYTES_MAX} bytes.`
    throw new RequestProblem('body_too_large', detail)
  }
  // Events after the end of the compressed data would be lost without a verdict.
  throw new RequestProblem('invalid_body', `Bytes follow the end of the ${encoding} data.`)
}

/** Runs at most `max` pieces of work at the same time. The others wait, and the games among them take turns. */
function fairTurns(max: number) {
  /** The game whose turn is next comes first. */
  const waiting = new Map<number, (() => void)[]>()
  let running = 0

  function waitFor(gameId: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const ofGame = waiting.get(gameId) ?? []
    ofGame.push(resolve)
    waiting.set(gameId, ofGame)
    return promise
  }

  function beginNext(): void {
    const [gameId, [begin, ...rest]] = waiting.entries().next().value ?? [0, []]
    if (!begin) return void running--
    waiting.delete(gameId)
    if (rest.length > 0) waiting.set(gameId, rest)
    begin()
  }

  return async <T>(gameId: number, work: () => Promise<T>): Promise<T> => {
    const askedAtMs = performance.now()
    if (running === max) await waitFor(gameId)
    else running++
    try {
      if (performance.now() - askedAtMs > TURN_WAIT_MS_MAX) throw tooMuch()
      return await work()
    } finally {
      beginNext()
    }
  }
}
