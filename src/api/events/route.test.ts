// POST /v1/events with valid requests: every form of a body in every encoding, up to the enqueued batch.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { anEvent, openTestApp, postEvents } from '../../../test/test-app.ts'

const PROPERTIES = '{ "steam_id": 76561197960287930123,\t"price": 1.10, "name": "\\u00e9 é 😀", "a": {}, "a": [1] }'
const EVENT = `{ "name": "n", "player_id": "p", "properties": ${PROPERTIES} }`
const JSON_TYPE = 'application/json'
const NDJSON_TYPE = 'application/x-ndjson'

const FORMS: { form: string; type: string; body: string; events: number; sent?: true }[] = [
  { form: 'one event', type: JSON_TYPE, body: EVENT, events: 1 },
  { form: 'an array', type: JSON_TYPE, body: `[${EVENT},\n${EVENT}]`, events: 2 },
  {
    form: 'an envelope',
    type: JSON_TYPE,
    body: `{"sent_at":"2026-11-22T09:30:00Z","events":[ ${EVENT} ]}`,
    events: 1,
    sent: true,
  },
  { form: 'NDJSON', type: NDJSON_TYPE, body: `${EVENT}\r\n\r\n${EVENT}\n${EVENT}`, events: 3 },
  { form: 'a beacon', type: 'text/plain;charset=UTF-8', body: `[${EVENT}]`, events: 1 },
  { form: 'after a byte order mark', type: JSON_TYPE, body: `\uFEFF${EVENT}`, events: 1 },
]

const ENCODINGS: Record<string, ((body: string) => string | Buffer) | undefined> = {
  none: (body) => body,
  identity: (body) => body,
  gzip: gzipSync,
  GZIP: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
}

test('every form in every encoding is enqueued, with the same bytes of its properties', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  for (const { form, type, body, events, sent } of FORMS) {
    for (const [encoding, compress] of Object.entries(ENCODINGS)) {
      const response = await postEvents(api, compress?.(body) ?? assert.fail(), {
        'content-type': type,
        'content-encoding': encoding === 'none' ? undefined : encoding,
      })
      assert.equal(response.statusCode, 202, `${form}, ${encoding}: ${response.body}`)
      assert.deepEqual(response.json(), { accepted: events, rejected: [] })
      const batch = api.batches.pop() ?? assert.fail()
      assert.equal(response.headers['playtrace-batch-id'], batch.batch_id)
      assert.deepEqual(
        batch.events.map(({ properties }) => properties),
        Array(events).fill(PROPERTIES),
      )
      assert.equal(batch.events[0]?.sent_at, sent ? '2026-11-22T09:30:00.000Z' : null)
      assert.equal(batch.events[0]?.game_id, 1)
    }
  }
  assert.equal(api.batches.length, 0)
})

test('the content types of the contract are accepted in every spelling', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  const types = [
    'application/json; charset=utf-8',
    'Application/JSON ; Charset="UTF-8"',
    'application/json;charset=utf8',
    'application/json; charset=us-ascii',
    'text/plain',
    'application/json; profile="x;charset"',
  ]
  for (const type of types) {
    const response = await postEvents(api, `[${EVENT},${EVENT}]`, { 'content-type': type })
    assert.equal(response.json().accepted, 2, `${type}: ${response.body}`)
  }
  for (const type of ['application/x-ndjson; charset=utf-8', 'APPLICATION/X-NDJSON', ' application/x-ndjson ']) {
    const response = await postEvents(api, `${EVENT}\n${EVENT}`, { 'content-type': type })
    assert.equal(response.json().accepted, 2, `${type}: ${response.body}`)
  }
})

test('a request with an invalid event is answered 202 with a verdict, and the text of the event is in quarantine', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  const response = await postEvents(api, `[${EVENT}, {"event_id":"e-1", "name":5} ,${EVENT}]`)
  assert.equal(response.statusCode, 202)
  const { accepted, rejected } = response.json()
  assert.equal(accepted, 2)
  assert.deepEqual(rejected, [
    {
      index: 1,
      event_id: 'e-1',
      reason: 'missing_field',
      path: '/player_id',
      message: 'player_id is required.',
    },
  ])
  const [batch] = api.batches
  assert.deepEqual([batch?.events.length, batch?.quarantined[0]?.raw], [2, '{"event_id":"e-1", "name":5}'])
})

test('a request without a valid event is answered 422, and all its events are in quarantine', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  const response = await postEvents(api, Array(1_000).fill(null))
  assert.equal(response.statusCode, 422)
  assert.match(String(response.headers['content-type']), /^application\/json/)
  const { accepted, rejected } = response.json()
  assert.deepEqual([accepted, rejected.length, rejected[999].index], [0, 1_000, 999])
  assert.equal(response.headers['playtrace-batch-id'], api.batches[0]?.batch_id)
  assert.equal(api.batches[0]?.quarantined.length, 1_000)
})

test('1,000 events and a body of exactly 1 MiB are accepted', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  const many = await postEvents(api, Array(1_000).fill(anEvent()))
  assert.equal(many.json().accepted, 1_000)
  const body = JSON.stringify(anEvent())
  const large = await postEvents(api, body + ' '.repeat(1024 * 1024 - body.length))
  assert.equal(large.json().accepted, 1)
})

test('received_at is the time of the request, and an event without an id gets one', async (t) => {
  const api = await openTestApp({ now: () => Date.UTC(2026, 10, 22, 12), newId: () => 'made' })
  t.after(() => api.close())
  await postEvents(api, anEvent())
  const [event] = api.batches[0]?.events ?? []
  assert.deepEqual([event?.received_at, event?.event_id], ['2026-11-22T12:00:00.000Z', 'made'])
})

test('requests at the same time get their own verdicts and the id of their batch', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  const responses = await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      postEvents(api, [anEvent({ player_id: `p-${at}` }), ...Array(at).fill(null)]),
    ),
  )
  const known = new Map(api.batches.map(({ batch_id, events }) => [batch_id, events]))
  for (const [at, response] of responses.entries()) {
    assert.equal(response.json().rejected.length, at)
    const events = known.get(String(response.headers['playtrace-batch-id'])) ?? assert.fail()
    assert.ok(events.some(({ player_id }) => player_id === `p-${at}`))
  }
})

test('answers are counted by game and reason', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  await postEvents(api, [anEvent(), anEvent(), null, anEvent({ name: '' })])
  const text = (await api.app.inject('/metrics')).body
  assert.match(text, /playtrace_events_accepted_total\{game="demo"\} 2\n/)
  assert.match(text, /playtrace_events_rejected_total\{game="demo",reason="not_an_object"\} 1\n/)
  assert.match(text, /playtrace_events_rejected_total\{game="demo",reason="wrong_length"\} 1\n/)
  assert.match(text, /playtrace_enqueue_seconds_count 1\n/)
})
