// For tests: a real HTTP server in the place of Playtrace's, which answers as the test tells it to.
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { RetryLimits } from '../src/client/retry-delay.ts'
import type { Terminal } from '../src/client/terminal.ts'

export interface ReceivedRequest {
  url: string
  headers: IncomingHttpHeaders
  bytes: number
  /** Inflated. */
  body: string
  /** The events' JSON texts, where the body is NDJSON. */
  lines: string[]
}

/** `cut`: the connection is closed without an answer. */
export type Reply = { status: number; headers?: Record<string, string>; body?: unknown } | 'cut'

export const acceptAll = ({ lines }: ReceivedRequest): Reply => accept(lines.length)

export function accept(accepted: number, rejected: unknown[] = []): Reply {
  return { status: accepted > 0 ? 202 : 422, body: { accepted, rejected } }
}

/** `reply` is given the request and how many came before it. Closed when the test ends. */
export async function standInServer(
  t: TestContext,
  reply: (request: ReceivedRequest, index: number) => Reply | Promise<Reply>,
): Promise<{ url: string; requests: ReceivedRequest[] }> {
  const requests: ReceivedRequest[] = []
  const server = createServer(async (request, response) => {
    const bytes = await buffer(request)
    const body = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString()
    const lines = body.split('\n').filter((line) => line !== '')
    const received = { url: request.url ?? '', headers: request.headers, bytes: bytes.length, body, lines }
    requests.push(received)
    const answer = await reply(received, requests.length - 1)
    if (answer === 'cut') {
      request.socket.destroy()
      return
    }
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
    response.end(JSON.stringify(answer.body ?? {}))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests }
}

/** Retries at once; gives up late enough for a machine that is busy with other tests. */
export const QUICK_RETRIES: RetryLimits = {
  delayMinMs: 1,
  delayMaxMs: 4,
  withoutProgressMaxMs: 10_000,
  attemptMaxMs: 20_000,
}

interface TestTerminal extends Terminal {
  stdin: PassThrough
  output: { stdout: string; stderr: string }
  raise(signal: 'SIGINT' | 'SIGTERM'): void
}

/** Keeps what a command prints. */
export function testTerminal(): TestTerminal {
  const output = { stdout: '', stderr: '' }
  const listeners = new Map<string, (signal: 'SIGINT' | 'SIGTERM') => void>()
  const keep = (name: 'stdout' | 'stderr') =>
    new Writable({
      write(chunk, _encoding, done) {
        output[name] += chunk
        done()
      },
    })
  return {
    stdin: new PassThrough(),
    stdout: keep('stdout'),
    stderr: keep('stderr'),
    output,
    once: (signal, listener) => listeners.set(signal, listener),
    off: (signal) => listeners.delete(signal),
    raise: (signal) => listeners.get(signal)?.(signal),
  }
}
