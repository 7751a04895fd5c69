// Encodes events as the body of a request. Their JSON text is not parsed, so no digit is lost.
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import type { Entry, RequestBody } from './post-events.ts'

const compress = promisify(gzip)
const NEWLINE = Buffer.from('\n')

/** Encodes NDJSON with gzip at its fastest level, which compresses text well enough and leaves the processor to the server. */
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

/** Encodes `{"events":[…],"sent_at":…}`, for live events whose times the server may correct. */
export async function envelopeBody(entries: readonly Entry[]): Promise<RequestBody> {
  const events = entries.map(({ json }) => Buffer.from(json).toString()).join(',')
  const bytes = Buffer.from(`{"events":[${events}],"sent_at":"${new Date().toISOString()}"}`)
  return { bytes, inflatedBytes: bytes.length, contentType: 'application/json' }
}
