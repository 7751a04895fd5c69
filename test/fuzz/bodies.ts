// Whole requests, from ones that stand to bytes without sense: what the fuzzed API is sent.
import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { eventText, wildEventText } from './event-texts.ts'
import { jsonText } from './hostile-json.ts'

export interface HostileRequest {
  body: Buffer
  headers: Record<string, string>
}

const COMPRESS: Record<string, (bytes: Buffer) => Buffer> = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
  zstd: zstdCompressSync,
}
const EVENTS_MAX = 12

const JSON_TYPES = ['application/json', 'application/json; charset=utf-8', 'text/plain', 'text/plain;charset=UTF-8']
const NDJSON = 'application/x-ndjson'
const WRONG_TYPES = ['', 'application/xml', 'application/json; charset=latin1', 'x', 'multipart/form-data; boundary=x']
const jsonType = fc.constantFrom(...JSON_TYPES)
const anyType = fc.oneof({ weight: 9, arbitrary: jsonType }, fc.constantFrom(...WRONG_TYPES, NDJSON))

const events = fc.array(wildEventText, { maxLength: EVENTS_MAX })
const sentAt = fc.oneof(
  fc.constant(''),
  jsonText.map((text) => `,"sent_at":${text}`),
  fc.constant(',"sent_at":"2026-11-22T09:30:00Z"'),
)

const jsonBody = fc.oneof(
  wildEventText,
  events.map((texts) => `[${texts.join()}]`),
  fc.tuple(events, sentAt).map(([texts, sent]) => `{"events":[${texts.join()}]${sent}}`),
  fc.tuple(events, events).map(([first, last]) => `{"events":[${first.join()}],"events":[${last.join()}]}`),
  fc.tuple(jsonText, jsonText).map(([first, last]) => `{"events":${first},"e\\u0076ents":${last}}`),
  jsonText,
)
const lines = fc
  .array(
    fc.oneof(
      wildEventText.map((text) => text.replace(/[\r\n]/g, ' ')),
      fc.string({ maxLength: 20 }),
      fc.constant(''),
    ),
    {
      maxLength: EVENTS_MAX,
    },
  )
  .chain((texts) => fc.constantFrom('\n', '\r\n').map((newline) => texts.join(newline)))

/** A body and its true type. */
const meant = fc
  .oneof(
    { weight: 5, arbitrary: fc.tuple(jsonBody, jsonType) },
    { weight: 2, arbitrary: fc.tuple(lines, fc.constant(NDJSON)) },
    { weight: 1, arbitrary: fc.tuple(eventText, anyType) },
  )
  .map(([text, type]) => ({ bytes: Buffer.from(text), type }))

/** Bytes changed, cut, doubled or put in somewhere. */
const damaged = fc
  .tuple(meant, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }), fc.nat({ max: 4 }))
  .map(([{ bytes, type }, changes, cut]) => {
    const copy = Buffer.from(bytes)
    for (const [at, byte] of changes) if (copy.length > 0) copy[at % copy.length] = byte
    if (cut === 0) return { bytes: copy.subarray(0, Math.floor(copy.length / 2)), type }
    return { bytes: cut === 1 ? Buffer.concat([copy, copy]) : copy, type }
  })

const senseless = fc
  .tuple(fc.uint8Array({ maxLength: 200 }), anyType)
  .map(([bytes, type]) => ({ bytes: Buffer.from(bytes), type }))

const body = fc.oneof(
  { weight: 6, arbitrary: meant },
  { weight: 3, arbitrary: damaged },
  { weight: 1, arbitrary: senseless },
)

const ENCODINGS = Object.keys(COMPRESS)
const encoding = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ encoding: '', done: '' }) },
  { weight: 3, arbitrary: fc.constantFrom(...ENCODINGS).map((name) => ({ encoding: name, done: name })) },
  {
    weight: 1,
    arbitrary: fc.record({
      encoding: fc.constantFrom(...ENCODINGS, 'compress', '__proto__', 'gzip, gzip', 'identity', 'GZIP '),
      done: fc.constantFrom('', ...ENCODINGS),
    }),
  },
)

/** Bodies as they are sent: typed, compressed, and sometimes neither as they say. */
export const hostileRequest: fc.Arbitrary<HostileRequest> = fc
  .tuple(body, encoding)
  .map(([{ bytes, type }, { encoding: named, done }]) => ({
    body: COMPRESS[done]?.(bytes) ?? bytes,
    headers: { ...(type && { 'content-type': type }), ...(named && { 'content-encoding': named }) },
  }))

/** Requests that are read as a whole, so that each of their events has a verdict, with how many those are. */
export const readableRequest: fc.Arbitrary<HostileRequest & { events: number }> = fc.oneof(
  fc
    .tuple(fc.array(wildEventText, { minLength: 1, maxLength: EVENTS_MAX }), fc.constantFrom('array', 'envelope'))
    .map(([texts, form]) => ({
      body: Buffer.from(form === 'array' ? `[${texts.join()}]` : `{"events":[${texts.join()}]}`),
      headers: { 'content-type': 'application/json' },
      events: texts.length,
    })),
  fc
    .array(
      fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/^[ \t\r]*$|\n/.test(text)),
      { minLength: 1 },
    )
    .map((texts) => ({
      body: Buffer.from(texts.join('\n')),
      headers: { 'content-type': NDJSON },
      events: texts.length,
    })),
)
