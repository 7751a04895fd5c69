// Events as the body of a request, each exactly as its text stands: nothing is parsed, so no digit can be lost.
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import type { RequestBody } from './attempt-post.ts'
import type { Entry } from './post-events.ts'

const compress = promisify(gzip)
const NEWLINE = Buffer.from('\n')

/** NDJSON, gzipped at the fastest level: the server may run on the same machine, and text shrinks well all the same. */
export async function ndjsonBody(entries: readonly Entry[]): Promise<RequestBody> {
  const lines = Buffer.concat(entries.flatMap(({ json }) => [json, NEWLINE]))
  const bytes = await compress(lines, { level: constants.Z_BEST_SPEED })
  return {
    bytes,
    inflatedBytes: lines.length,
    contentType: 'application/x-ndjson',
    contentEncoding: 'gzip',
  }
}

/** `{"events":[…],"sent_at":…}`: for events that happen as they are sent, whose clock the server may correct. */
export async function envelopeBody(entries: readonly Entry[]): Promise<RequestBody> {
  const events = entries.map(({ json }) => Buffer.from(json).toString()).join(',')
  const bytes = Buffer.from(`{"events":[${events}],"sent_at":"${new Date().toISOString()}"}`)
  return { bytes, inflatedBytes: bytes.length, contentType: 'application/json' }
}
