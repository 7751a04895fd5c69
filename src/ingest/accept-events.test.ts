// A request's text becomes rows, verdicts and rows of the quarantine.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AcceptedEvents, acceptEvents } from './accept-events.ts'
import { rejectionIdOf } from './rejection-id.ts'

const RECEIVED_AT_MS = Date.UTC(2026, 10, 22, 12)
const RECEIVED = '2026-11-22T12:00:00.000Z'
const V7 = '0185abcd-ef01-7fff-bfff-ffffffffffff'
const V7_TIME = new Date(0x0185abcdef01).toISOString()
const V4 = '9b2f7c1e-5d1f-4c38-9a4e-0f6a3a1d2b4c'

function accept(body: unknown, form: 'json' | 'ndjson' = 'json'): AcceptedEvents {
  let ids = 0
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return acceptEvents(
    { bytes: Buffer.from(text), form },
    {
      gameId: 7,
      believed: { first_day: 0, late_days: 36_500 },
      keyNo: 7,
      keyFingerprint: '0123456789ab',
      receivedAtMs: RECEIVED_AT_MS,
      newId: () => `new-${++ids}`,
    },
  )
}

const anEvent = (fields: Record<string, unknown> = {}) => ({ name: 'n', player_id: 'p', ...fields })

test('an event with every field becomes a row with every field', () => {
  const { events, quarantined, verdicts } = accept({
    sent_at: '2026-11-22T10:00:00Z',
    events: [
      anEvent({
        event_id: V4.toUpperCase(),
        session_id: 's',
        seq: 4,
        occurred_at: '2026-11-22T09:30:00.123456789+01:00',
        app_version: '1.2',
        platform: 'ios',
        country: 'de',
        properties: { level: 3 },
      }),
    ],
  })
  assert.deepEqual([quarantined, verdicts], [[], []])
  assert.deepEqual(events, [
    {
      game_id: 7,
      key_no: 7,
      key_fingerprint: '0123456789ab',
      event_id: V4.toUpperCase(),
      name: 'n',
      player_id: 'p',
      session_id: 's',
      seq: 4,
      occurred_at: '2026-11-22T08:30:00.123456Z',
      sent_at: '2026-11-22T10:00:00.000Z',
      received_at: RECEIVED,
      corrected_at: '2026-11-22T10:30:00.123Z',
      identified_at: '2026-11-22T08:30:00.123456Z',
      clock_suspect: false,
      app_version: '1.2',
      platform: 'ios',
      country: 'DE',
      properties: '{"level":3}',
      dated: true,
    },
  ])
})

test('an absent field is null, or is made by the server', () => {
  assert.deepEqual(accept(anEvent()).events, [
    {
      game_id: 7,
      key_no: 7,
      key_fingerprint: '0123456789ab',
      event_id: 'new-1',
      name: 'n',
      player_id: 'p',
      session_id: null,
      seq: null,
      occurred_at: RECEIVED,
      sent_at: null,
      received_at: RECEIVED,
      corrected_at: RECEIVED,
      identified_at: RECEIVED,
      clock_suspect: false,
      app_version: null,
      platform: null,
      country: null,
      properties: '{}',
      dated: true,
    },
  ])
})

/** The fields of an event, `sent_at` of its envelope, and the expected occurred_at, corrected_at, clock_suspect and dated. */
const TIMES: [Record<string, unknown>, string | undefined, [string, string, boolean, boolean]][] = [
  [{ event_id: V7 }, undefined, [V7_TIME, V7_TIME, false, true]],
  [
    { event_id: V7, occurred_at: '2026-11-22T11:00:00Z' },
    undefined,
    ['2026-11-22T11:00:00.000Z', '2026-11-22T11:00:00.000Z', false, true],
  ],
  // An event without a time of its own has the time of receiving, whatever the client's clock says.
  [{ event_id: V4 }, undefined, [RECEIVED, RECEIVED, false, false]],
  [{ event_id: V4 }, '2020-01-01T00:00:00Z', [RECEIVED, RECEIVED, false, false]],
  // RFC 3339 cannot write the time inside this id, but a retry repeats it.
  [{ event_id: 'ffffffff-ffff-7fff-bfff-ffffffffffff' }, undefined, [RECEIVED, RECEIVED, false, true]],
  [{}, '2020-01-01T00:00:00Z', [RECEIVED, RECEIVED, false, true]],
  [
    { event_id: V4, occurred_at: '1969-12-31T23:00:00Z' },
    undefined,
    ['1969-12-31T23:00:00.000Z', RECEIVED, true, true],
  ],
  [{ occurred_at: '2999-01-01T00:00:00Z' }, undefined, ['2999-01-01T00:00:00.000Z', RECEIVED, true, true]],
  [
    { event_id: V7 },
    new Date(0x0185abcdef01 + 60_000).toISOString(),
    [V7_TIME, '2026-11-22T11:59:00.000Z', false, true],
  ],
]

test('the time of an event is the one sent, else the one in its v7 id, else the time of receiving', () => {
  for (const [fields, sent_at, expected] of TIMES) {
    const [row] = accept({ events: [anEvent(fields)], sent_at }).events
    const { occurred_at, corrected_at, clock_suspect, dated } = row ?? assert.fail()
    assert.deepEqual([occurred_at, corrected_at, clock_suspect, dated], expected, JSON.stringify(fields))
  }
})

/** The fields that quarantine keeps with a rejected event of `accept`. */
const BESIDE = { key_fingerprint: '0123456789ab', name: 'n', app_version: null, sent_at: null }

test('a bad event does not affect the others: its verdict has its index, and quarantine has its text', () => {
  const big = JSON.stringify(anEvent({ event_id: V7, properties: { text: 'x'.repeat(40 * 1024) } }))
  const { events, quarantined, verdicts } = accept(
    `[${JSON.stringify(anEvent())}, null,${big} ,{"player_id":"q","name":"n"}]`,
  )
  assert.deepEqual(
    events.map(({ player_id }) => player_id),
    ['p', 'q'],
  )
  assert.deepEqual(
    verdicts.map(({ index, event_id, reason, path }) => [index, event_id, reason, path]),
    [
      [1, null, 'not_an_object', ''],
      [2, V7, 'properties_too_large', '/properties'],
    ],
  )
  assert.deepEqual(
    quarantined.map(({ message, ...rest }) => rest),
    [
      {
        rejection_id: 'new-2',
        game_id: 7,
        event_id: null,
        received_at: RECEIVED,
        reason: 'not_an_object',
        path: '',
        raw: 'null',
        ...BESIDE,
        name: null,
      },
      {
        rejection_id: rejectionIdOf({ game_id: 7, reason: 'properties_too_large', event_id: V7, raw: big }),
        game_id: 7,
        event_id: V7,
        received_at: RECEIVED,
        reason: 'properties_too_large',
        path: '/properties',
        raw: big,
        ...BESIDE,
      },
    ],
  )
  assert.deepEqual(
    quarantined.map(({ message }) => message),
    verdicts.map(({ message }) => message),
  )
})

test('an array of nulls has a verdict for each', () => {
  const { events, verdicts } = accept(Array(1_000).fill(null))
  assert.equal(events.length, 0)
  assert.deepEqual(
    verdicts.map(({ index }) => index),
    Array.from({ length: 1_000 }, (_, index) => index),
  )
})

test('a broken line of NDJSON is one rejected event, which is kept as sent', () => {
  const good = JSON.stringify(anEvent())
  const { events, quarantined, verdicts } = accept(`${good}\r\n{"event_id":"${V7}","na\u0001\r\n${good}`, 'ndjson')
  assert.equal(events.length, 2)
  assert.deepEqual(
    verdicts.map(({ index, event_id, reason }) => [index, event_id, reason]),
    [[1, null, 'invalid_json']],
  )
  assert.equal(quarantined[0]?.raw, `{"event_id":"${V7}","na\u0001`)
})

/** event_id as sent, as in the verdict, and as in the column of type uuid of the quarantine. */
const CLAIMED: [unknown, string | null, string | null][] = [
  [V7, V7, V7],
  [V4.toUpperCase(), V4.toUpperCase(), V4.toUpperCase()],
  ['e-1', 'e-1', null],
  ['\0', '\0', null],
  ['x'.repeat(60_000), `${'x'.repeat(100)}…`, null],
  [`${V7}\n`, `${V7}\n`, null],
  [5, null, null],
  [null, null, null],
  [undefined, null, null],
]

test('quarantine keeps the event_id of a rejected event if it is a UUID', () => {
  for (const [event_id, shownId, keptId] of CLAIMED) {
    const { quarantined, verdicts } = accept([anEvent({ event_id, name: 5 })])
    assert.equal(verdicts[0]?.event_id, shownId)
    assert.equal(quarantined[0]?.event_id, keptId)
  }
})

test('of two members with the same name the last counts, as in jsonb', () => {
  const { events } = accept(
    `{"name":"n","event_id":"bad","player_id":"p","event_id":"${V4}","properties":5,"properties":{"a":1, "a":2}}`,
  )
  assert.deepEqual([events[0]?.event_id, events[0]?.properties], [V4, '{"a":1, "a":2}'])
})

test('names that JavaScript objects inherit are ordinary names', () => {
  const properties = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'
  const { events, verdicts } = accept(
    `[{"name":"n","player_id":"p","properties":${properties}},{"__proto__":{"name":"n"},"player_id":"p"}]`,
  )
  assert.equal(events[0]?.properties, properties)
  assert.deepEqual([verdicts[0]?.reason, verdicts[0]?.path], ['unknown_field', '/__proto__'])
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
})
