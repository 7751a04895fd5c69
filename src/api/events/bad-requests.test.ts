// POST /v1/events with hostile requests: each gets its status and code, and no event of it is accepted.
import assert from 'node:assert/strict'
import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createDeflate,
  createGzip,
  createZstdCompress,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib'
import { anEvent, assertProblem, openTestApp, postEvents } from '../../../test/test-app.ts'
import type { Answer } from '../../contract/answer.ts'

const EVENT = JSON.stringify(anEvent())
const MIB = 1024 * 1024
const listOf = (count: number) => Array(count).fill(EVENT)
const json = {}
const ndjson = { 'content-type': 'application/x-ndjson' }
const encoded = (encoding: string) => ({ 'content-encoding': encoding })
const typed = (type: string | undefined) => ({ 'content-type': type })
const bytes = (...parts: (string | Buffer | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))))

type Hostile = [string, string | Buffer, Record<string, string | undefined>, number, string]

const UNREADABLE: Hostile[] = [
  ['an empty body', '', json, 400, 'no_events'],
  ['an empty body without a type', '', typed(undefined), 400, 'no_events'],
  ['white space', ' \r\n\t ', json, 400, 'no_events'],
  ['a byte order mark alone', '\uFEFF', json, 400, 'no_events'],
  ['an empty array', '[]', json, 400, 'no_events'],
  ['an empty envelope', '{"events":[]}', json, 400, 'no_events'],
  ['empty lines', '\n\r\n', ndjson, 400, 'no_events'],
  ['empty gzip', gzipSync(''), encoded('gzip'), 400, 'no_events'],
  ['a scalar', '1', json, 400, 'invalid_body'],
  ['a string', '"x"', json, 400, 'invalid_body'],
  ['null', 'null', json, 400, 'invalid_body'],
  ['true', 'true', json, 400, 'invalid_body'],
  ['malformed JSON', '{"name":', json, 400, 'invalid_body'],
  ['two bodies', EVENT + EVENT, json, 400, 'invalid_body'],
  ['HTML', '<script>alert(1)</script>', { 'content-type': 'text/plain' }, 400, 'invalid_body'],
  ['an envelope of an object', '{"events":{}}', json, 400, 'invalid_body'],
  ['depth 10,000', '['.repeat(10_000), json, 400, 'invalid_body'],
  ['half a character', bytes('"', [0xf0, 0x9f, 0x98]), json, 400, 'invalid_body'],
  ['UTF-16', Buffer.from(`\uFEFF${EVENT}`, 'utf16le'), json, 400, 'invalid_body'],
  ['NULs', Buffer.alloc(100), json, 400, 'invalid_body'],
]

/** The compressors, and the length to which a body of each is cut to make it incomplete. */
const COMPRESS = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync }

const DAMAGED: Hostile[] = Object.entries(COMPRESS).flatMap(([encoding, compress]): Hostile[] => {
  const whole = compress(EVENT)
  const bad = (what: string, body: string | Buffer): Hostile => [
    `${encoding}: ${what}`,
    body,
    encoded(encoding),
    400,
    'invalid_body',
  ]
  return [
    bad('cut in half', whole.subarray(0, whole.length / 2)),
    bad('cut by a byte', whole.subarray(0, -1)),
    bad('plain text', EVENT),
    bad('garbage', Buffer.alloc(100, 0x8b)),
    bad('trailing bytes', bytes(whole, EVENT)),
    bad('a trailing byte', bytes(whole, [1])),
    bad('nothing at all', ''),
  ]
})

const REFUSED: Hostile[] = [
  [
    'gzip with a wrong checksum',
    gzipSync(EVENT).fill(0, gzipSync(EVENT).length - 8),
    encoded('gzip'),
    400,
    'invalid_body',
  ],
  ['raw deflate', deflateRawSync(EVENT), encoded('deflate'), 400, 'invalid_body'],
  ['more than 1 MiB', ' '.repeat(MIB + 1), json, 413, 'body_too_large'],
  ['1,001 events', `[${listOf(1_001)}]`, json, 413, 'too_many_events'],
  ['5,000 events', `[${listOf(5_000)}]`, json, 413, 'too_many_events'],
  ['5,000 events in an envelope', `{"events":[${listOf(5_000)}]}`, json, 413, 'too_many_events'],
  ['1,001 lines', listOf(1_001).join('\n'), ndjson, 413, 'too_many_events'],
  [
    '5,000 lines, gzipped',
    gzipSync(listOf(5_000).join('\n')),
    { ...ndjson, ...encoded('gzip') },
    413,
    'too_many_events',
  ],
  ['a million nulls', gzipSync(`[${'null,'.repeat(1_000_000)}null]`), encoded('gzip'), 413, 'too_many_events'],
  ['no content type', EVENT, typed(undefined), 415, 'unsupported_content_type'],
  ['a form', 'name=n', typed('application/x-www-form-urlencoded'), 415, 'unsupported_content_type'],
  ['XML', '<event/>', typed('application/xml'), 415, 'unsupported_content_type'],
  ['nearly NDJSON', EVENT, typed('application/x-ndjsonx'), 415, 'unsupported_content_type'],
  ['nearly JSON', EVENT, typed('application/jsonx'), 415, 'unsupported_content_type'],
  ['a broken type', EVENT, typed('json'), 415, 'unsupported_content_type'],
  ['latin1', EVENT, typed('application/json; charset=latin1'), 415, 'unsupported_content_type'],
  ['UTF-16 by its name', EVENT, typed('text/plain; charset="utf-16"'), 415, 'unsupported_content_type'],
  ['an unknown encoding', EVENT, encoded('compress'), 415, 'unsupported_content_encoding'],
  ['two encodings', gzipSync(gzipSync(EVENT)), encoded('gzip, gzip'), 415, 'unsupported_content_encoding'],
  ['an inherited name as encoding', EVENT, encoded('__proto__'), 415, 'unsupported_content_encoding'],
  ['another inherited name', EVENT, encoded('constructor'), 415, 'unsupported_content_encoding'],
]

test('a hostile request gets its status and code, and is kept if its events cannot be told apart', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  for (const [what, body, headers, status, code] of [...UNREADABLE, ...DAMAGED, ...REFUSED]) {
    await t.test(what, async () => {
      const { length } = api.batches
      assertProblem(await postEvents(api, body, headers), status, code)
      const batches = api.batches.slice(length)
      assert.deepEqual(
        batches.flatMap(({ events }) => events),
        [],
      )
      const kept = batches.flatMap(({ quarantined }) => quarantined)
      assert.deepEqual(
        kept.map(({ reason }) => reason),
        code === 'invalid_body' ? ['invalid_body'] : [],
      )
      for (const { raw, is_latin1 } of kept) {
        assert.ok(Buffer.from(raw, is_latin1 ? 'latin1' : 'utf8').equals(Buffer.from(body)))
      }
    })
  }
  assert.deepEqual(api.logLines, [], 'an error of the sender is not in the log')
})

test('a problem has the path of its cause', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  const paths: Record<string, string> = {
    '{"events":5}': '/events',
  }
  for (const [body, path] of Object.entries(paths)) {
    assert.equal(assertProblem(await postEvents(api, body), 400, 'invalid_body').path, path)
  }
})

test('a body that is sent again adds no second row to the quarantine', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  await postEvents(api, '{')
  await postEvents(api, '{')
  const ids = api.batches.flatMap(({ quarantined }) => quarantined.map(({ rejection_id }) => rejection_id))
  assert.deepEqual([ids.length, new Set(ids).size], [2, 1])
})

const BAD_EVENTS: [string, string | Buffer, number, (string | undefined)[]][] = [
  [
    'a byte that is not UTF-8',
    bytes(`[${EVENT},{"name":"`, [0xe9], `","player_id":"p"},${EVENT}]`),
    202,
    [undefined, 'invalid_utf8', undefined],
  ],
  ['a surrogate in UTF-8', bytes('{"name":"', [0xed, 0xa0, 0x80], '"}'), 422, ['invalid_utf8']],
  ['an overlong NUL', bytes('{"name":"', [0xc0, 0x80], '"}'), 422, ['invalid_utf8']],
  ['NaN', `[${EVENT},{"fps":NaN}]`, 202, [undefined, 'invalid_json']],
  ['a trailing comma', `[${EVENT},]`, 202, [undefined, 'invalid_json']],
]

test('what is wrong with one event is a verdict on this event', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  for (const [what, body, status, reasons] of BAD_EVENTS) {
    const response = await postEvents(api, body)
    assert.equal(response.statusCode, status, what)
    const { accepted, rejected } = response.json<Answer>()
    assert.equal(accepted, reasons.filter((reason) => reason === undefined).length)
    const expected = reasons.flatMap((reason, index) => (reason === undefined ? [] : [[index, reason]]))
    assert.deepEqual(
      rejected.map(({ index, reason }) => [index, reason]),
      expected,
    )
  }
})

const BOMB_BYTES = 256 * MIB
const BOMBS = {
  gzip: createGzip(),
  deflate: createDeflate(),
  br: createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
  zstd: createZstdCompress(),
}

for (const [encoding, compress] of Object.entries(BOMBS)) {
  test(`a zip bomb of ${encoding} is not inflated beyond the limit`, async (t) => {
    const api = await openTestApp()
    t.after(() => api.close())
    const bomb = await compressedSpaces(compress)
    const peakBefore = process.resourceUsage().maxRSS
    assertProblem(await postEvents(api, bomb, encoded(encoding)), 413, 'body_too_large')
    const grownKib = process.resourceUsage().maxRSS - peakBefore
    assert.ok(grownKib < (BOMB_BYTES / 1024) * 0.4, `the process grew by ${grownKib} KiB`)
  })
}

async function compressedSpaces(compress: Transform): Promise<Buffer> {
  const chunk = Buffer.alloc(MIB, ' ')
  const parts: Buffer[] = []
  await pipeline(Readable.from(Array(BOMB_BYTES / MIB).fill(chunk)), compress, async (compressed) => {
    for await (const part of compressed) parts.push(part as Buffer)
  })
  return Buffer.concat(parts)
}

test('all parts of compressed data are read, or the body is refused', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  const [first, second] = [`[${EVENT},`, `${EVENT}]`]
  const gzip = await postEvents(api, bytes(gzipSync(first), gzipSync(second)), encoded('gzip'))
  assert.equal(gzip.json().accepted, 2)
  // Node reads only the first frame, so the body is refused.
  const zstd = await postEvents(api, bytes(zstdCompressSync(`[${EVENT}]`), zstdCompressSync(second)), encoded('zstd'))
  assertProblem(zstd, 400, 'invalid_body')
})

test('a body of 8 MiB inflated is read, and one more byte is refused', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  const padded = (size: number) => gzipSync(EVENT + ' '.repeat(size - EVENT.length))
  assert.equal((await postEvents(api, padded(8 * MIB), encoded('gzip'))).statusCode, 202)
  assertProblem(await postEvents(api, padded(8 * MIB + 1), encoded('gzip')), 413, 'body_too_large')
})
