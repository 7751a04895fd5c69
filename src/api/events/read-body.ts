// From the bytes of a body to its text: inflated within bounds, and held to UTF-8.
import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib'
import { RequestProblem } from '../../contract/answer.ts'
import { REQUEST_INFLATED_BYTES_MAX } from '../../contract/limits.ts'
import { tooMuch } from '../admission/in-flight.ts'

/** With `info` zlib tells how much of its input it used, which its types do not know. */
type Inflate = (
  bytes: Buffer,
  options: { maxOutputLength: number; info: true },
) => Promise<{ buffer: Buffer; engine: { bytesWritten: number } }>

const INFLATE = {
  gzip: promisify(gunzip) as unknown as Inflate,
  deflate: promisify(inflate) as unknown as Inflate,
  br: promisify(brotliDecompress) as unknown as Inflate,
  zstd: promisify(zstdDecompress) as unknown as Inflate,
}

type Encoding = keyof typeof INFLATE

/** zlib has four threads; what they had inflated beyond that would only wait, at up to 8 MiB each. */
const INFLATING_MAX = 4
/** Whose turn comes later than this is answered to come again, before its connection is given up for idle. */
const TURN_WAIT_MS_MAX = 10_000
const inTurn = fewAtOnce(INFLATING_MAX)

/**
 * @throws RequestProblem `unsupported_content_type`, `unsupported_content_encoding`, `body_too_large` or `invalid_body`
 */
export async function readBody(body: Buffer, headers: IncomingHttpHeaders): Promise<string> {
  refuseOtherCharsets(headers['content-type'])
  const encoding = headers['content-encoding']?.trim().toLowerCase() || 'identity'
  const bytes = encoding === 'identity' ? body : await inTurn(() => inflated(body, encoding))
  if (!isUtf8(bytes)) throw new RequestProblem('invalid_body', 'The body is not valid UTF-8.')
  const text = bytes.toString()
  return text.startsWith('\uFEFF') ? text.slice(1) : text // some clients write a byte order mark
}

/** Read as UTF-8, text of another charset would be stored with other characters than were sent. */
function refuseOtherCharsets(contentType = ''): void {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(contentType)?.[1]
  if (charset === undefined || /^(utf-?8|us-ascii)$/i.test(charset)) return
  throw new RequestProblem(
    'unsupported_content_type',
    `The charset must be utf-8; it is ${JSON.stringify(charset)}.`,
  )
}

async function inflated(body: Buffer, encoding: string): Promise<Buffer> {
  if (!Object.hasOwn(INFLATE, encoding)) {
    throw new RequestProblem(
      'unsupported_content_encoding',
      `Content-Encoding must be one of ${Object.keys(INFLATE).join(', ')}; it is ${JSON.stringify(encoding)}.`,
    )
  }
  try {
    const { buffer, engine } = await INFLATE[encoding as Encoding](body, {
      maxOutputLength: REQUEST_INFLATED_BYTES_MAX,
      info: true,
    })
    if (engine.bytesWritten === body.length) return buffer
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new RequestProblem(
        'body_too_large',
        `The body inflates to more than ${REQUEST_INFLATED_BYTES_MAX} bytes.`,
      )
    }
    throw new RequestProblem(
      'invalid_body',
      `The body is not whole ${encoding}: ${(error as Error).message}.`,
    )
  }
  // Events after the end of the compressed data would vanish unseen.
  throw new RequestProblem('invalid_body', `Bytes follow the end of the ${encoding} data.`)
}

/** Runs no more than `max` at once; the others wait their turn. */
function fewAtOnce(max: number) {
  const waiting: (() => void)[] = []
  let running = 0
  return async <T>(work: () => Promise<T>): Promise<T> => {
    const askedAtMs = performance.now()
    if (running === max) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      if (performance.now() - askedAtMs > TURN_WAIT_MS_MAX) throw tooMuch()
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
