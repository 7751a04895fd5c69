// What goes in comes out again: through the job's data, COPY, the spans of JSON, and compression within its bounds.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { from as copyFrom } from 'pg-copy-streams'
import { readBody } from '../../src/api/events/read-body.ts'
import { RequestProblem } from '../../src/contract/answer.ts'
import { REQUEST_INFLATED_BYTES_MAX } from '../../src/contract/limits.ts'
import { decodeBatch, encodeBatch } from '../../src/ingest/event-batch.ts'
import { JsonSpans } from '../../src/ingest/json-spans.ts'
import { splitBody } from '../../src/ingest/split-body.ts'
import { copyRow } from '../../src/storage/events/copy-format.ts'
import { batchOf, quarantinedEvent, storableEvent } from '../batches.ts'
import { openFreshDatabase } from '../stores.ts'
import { jsonText, objectText } from './hostile-json.ts'
import { SHORT_RUN } from './short-run.ts'

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('\\', 'N', '.', '\n', '\r', '\t', '\b', '\f', '\v', 't', '"', '\u0001', '🎮'),
  }),
)
const nullable = fc.option(anyText, { nil: null })

test('decode(encode(batch)) is the batch, through the JSON that a queue makes of it', async () => {
  const event = fc
    .record({
      name: anyText,
      player_id: anyText,
      session_id: nullable,
      properties: jsonText,
      dated: fc.boolean(),
    })
    .map(storableEvent)
  const quarantined = fc.record({ raw: anyText, message: anyText, path: anyText }).map(quarantinedEvent)
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { maxLength: 20 }),
      fc.array(quarantined, { maxLength: 5 }),
      async (events, rejections) => {
        const batch = batchOf(events, rejections)
        assert.deepEqual(decodeBatch(JSON.parse(JSON.stringify(await encodeBatch(batch)))), batch)
      },
    ),
    SHORT_RUN,
  )
})

test('damaged data of a job is refused, or says what was encoded: it never crashes', async () => {
  const { zstd } = await encodeBatch(batchOf([storableEvent()]))
  fc.assert(
    fc.property(fc.nat({ max: zstd.length - 1 }), fc.base64String({ minLength: 4 }), (at, put) => {
      const damaged = zstd.slice(0, at) + put + zstd.slice(at + put.length)
      try {
        decodeBatch({ version: 1, zstd: damaged })
      } catch (error) {
        assert.ok(error instanceof Error)
      }
    }),
  )
})

/** What PostgreSQL's text holds: valid UTF-8 without NUL. Anything else is rejected long before. */
const storableText = fc.option(
  anyText.map((text) => text.toWellFormed().replaceAll('\0', '')),
  { nil: null },
)

test('COPY does not change any text', async (t) => {
  const { database } = await openFreshDatabase(t)
  const client = await database.connect()
  try {
    await client.query('create temporary table copied (place int, first text, second text, yes boolean)')
    const rows = fc.array(fc.tuple(storableText, storableText, fc.boolean()), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(rows, async (given) => {
        await client.query('truncate copied')
        const text = given.map((row, place) => copyRow([place, ...row])).join('')
        await pipeline(Readable.from([text]), client.query(copyFrom('copy copied from stdin')))
        const { rows: found } = await client.query({
          text: 'select * from copied order by place',
          rowMode: 'array',
        })
        assert.deepEqual(
          found,
          given.map((row, place) => [place, ...row]),
        )
      }),
      SHORT_RUN,
    )
  } finally {
    client.release()
  }
})

test('the spans of an object’s members are what JSON.parse reads', () => {
  fc.assert(
    fc.property(objectText, (text) => {
      const members = new Map<string, unknown>()
      const spans = new JsonSpans(text)
      spans.eachMember((key) => {
        const start = spans.skipValue()
        members.set(key, JSON.parse(text.slice(start, spans.at)))
      })
      assert.equal(spans.at, text.length)
      assert.deepEqual(members, new Map(Object.entries(JSON.parse(text))))
    }),
    SHORT_RUN,
  )
})

test('the events of an array are what JSON.parse reads, white space or not', () => {
  fc.assert(
    fc.property(fc.array(jsonText, { minLength: 1 }), fc.constantFrom('', ' ', '\n\t'), (texts, space) => {
      const body = `[${space}${texts.join(`${space},${space}`)}${space}]`
      const found = splitBody(body, 'json').events.map(({ text }) => text)
      assert.deepEqual(found, texts)
    }),
    SHORT_RUN,
  )
})

test('the depth is that of the value', () => {
  const depth = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depth)) : 0
  // The second of two equal keys hides the value of the first, so the text may be deeper than the value.
  fc.assert(
    fc.property(jsonText, (text) => {
      const levels = depth(JSON.parse(text))
      const spans = new JsonSpans(text)
      spans.skipValue()
      assert.ok(spans.deepest >= levels, text)
      if (JSON.stringify(JSON.parse(text)).length === text.length) assert.equal(spans.deepest, levels, text)
    }),
    SHORT_RUN,
  )
})

/** The best quality of Brotli takes a second for the largest body. */
const fastBrotli = (body: Buffer) => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })
const COMPRESS = { gzip: gzipSync, deflate: deflateSync, br: fastBrotli, zstd: zstdCompressSync }

test('a body inflates to itself up to the limit, and not at all beyond', async () => {
  const encodings = fc.constantFrom(...(Object.keys(COMPRESS) as (keyof typeof COMPRESS)[]))
  const size = fc.oneof(
    { weight: 4, arbitrary: fc.nat({ max: 5_000 }) },
    {
      weight: 1,
      arbitrary: fc.integer({ min: -2, max: 2 }).map((more) => REQUEST_INFLATED_BYTES_MAX + more),
    },
  )
  const withinBounds = async (encoding: keyof typeof COMPRESS, bytes: number, text: string) => {
    const body = (text.toWellFormed() + ' '.repeat(bytes)).slice(0, Math.max(bytes, 1)).toWellFormed()
    const inflated = Buffer.byteLength(body)
    const reading = readBody(COMPRESS[encoding](Buffer.from(body)), { 'content-encoding': encoding }, 1)
    if (inflated <= REQUEST_INFLATED_BYTES_MAX) {
      assert.equal((await reading).toString(), body)
    } else await assert.rejects(reading, { code: 'body_too_large' })
  }
  await fc.assert(fc.asyncProperty(encodings, size, fc.string({ unit: 'grapheme' }), withinBounds), SHORT_RUN)
})

test('bytes that only claim to be compressed are a problem of the request', async () => {
  const encodings = fc.constantFrom(...Object.keys(COMPRESS))
  const claimed = async (encoding: string, bytes: Uint8Array) => {
    const refusal = (error: unknown) => assert.ok(error instanceof RequestProblem && error.status === 400)
    await readBody(Buffer.from(bytes), { 'content-encoding': encoding }, 1).then(() => {}, refusal)
  }
  await fc.assert(fc.asyncProperty(encodings, fc.uint8Array({ maxLength: 300 }), claimed), SHORT_RUN)
})
