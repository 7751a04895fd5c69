// Makes the body of a request from the text of its events. Nothing is parsed, so no digit can be lost.
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import type { RequestBody } from './attempt-post.ts'
import type { Entry } from './post-events.ts'

const compress = promisify(gzip)
const NEWLINE = Buffer.from('\n')

/** NDJSON with the fastest gzip level, because the server may run on the same machine. */
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

/** `{"events":[…],"sent_at":…}`, for events that happen now. `sent_at` lets the server correct their times. */
export async function envelopeBody(entries: readonly Entry[]): Promise<RequestBody> {
  const events = entries.map(({ json }) => Buffer.from(json).toString()).join(',')
  const bytes = Buffer.from(`{"events":[${events}],"sent_at":"${new Date().toISOString()}"}`)
  return { bytes, inflatedBytes: bytes.length, contentType: 'application/json' }
}
