// Receives the body of a request into one buffer that grows with it. A list of chunks would take about 200 bytes for each chunk,
// and a client may send chunks of one byte.
import type { IncomingMessage } from 'node:http'
import { RequestProblem } from '../../contract/answer.ts'
import { REQUEST_BYTES_MAX } from '../../contract/limits.ts'

const FIRST_BYTES = 4 * 1024
const EMPTY = Buffer.alloc(0)

/**
 * @param hold is called with the number of bytes before the buffer grows; an error of it ends the receiving
 * @throws RequestProblem `body_too_large`, or `bad_request` if the client went away
 */
export function receiveBody(request: IncomingMessage, hold: (bytes: number) => void): Promise<Buffer> {
  const bytesMax = Number(request.headers['content-length'] ?? REQUEST_BYTES_MAX)
  if (bytesMax > REQUEST_BYTES_MAX) return Promise.reject(tooLarge())
  // The event 'close' does not come again.
  if (request.destroyed) return Promise.reject(clientGone())
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  let buffer = EMPTY
  let length = 0

  const take = (chunk: Buffer) => {
    const needed = length + chunk.length
    if (needed > bytesMax) return end(tooLarge())
    if (needed > buffer.length) {
      const size = Math.min(Math.max(needed, 2 * buffer.length, FIRST_BYTES), bytesMax)
      hold(size - buffer.length)
      // A small buffer comes from Node's pool, which is cheaper to allocate and to free.
      const larger = Buffer.allocUnsafe(size)
      buffer.copy(larger, 0, 0, length)
      buffer = larger
    }
    chunk.copy(buffer, length)
    length = needed
  }
  const onData = (chunk: Buffer) => {
    try {
      take(chunk)
    } catch (error) {
      end(error as Error)
    }
  }
  const onEnd = () => end()
  const onGone = () => end(clientGone())

  /** The rest of the body is read and discarded, so that the client can read the answer. */
  function end(error?: Error): void {
    request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone)
    if (error) reject(error)
    else resolve(buffer.subarray(0, length))
  }
  request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone)
  return promise
}

function tooLarge(): RequestProblem {
  return new RequestProblem('body_too_large', `The body is larger than ${REQUEST_BYTES_MAX} bytes.`)
}

function clientGone(): RequestProblem {
  return new RequestProblem('bad_request', 'The client went away before its body was complete.')
}
