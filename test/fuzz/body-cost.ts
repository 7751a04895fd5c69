// The cost property: reading any body of 8 MiB takes at most twice the CPU time of an honest one.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { RequestProblem } from '../../src/contract/answer.ts'
import { REQUEST_EVENTS_MAX, REQUEST_INFLATED_BYTES_MAX } from '../../src/contract/limits.ts'
import { acceptEvents } from '../../src/ingest/accept-events.ts'
import { BELIEVED } from '../batches.ts'

const COST_MAX = 2
const EVENT_CHARACTERS = REQUEST_INFLATED_BYTES_MAX / REQUEST_EVENTS_MAX - 10

interface Body {
  text: string
  form: 'json' | 'ndjson'
}

/** Repeats a text up to this length between a head and a tail. */
const filled = (unit: string, length: number, [head, tail]: [string, string]) =>
  head + unit.repeat(Math.max(0, Math.floor((length - head.length - tail.length) / unit.length))) + tail

/** The unit may be anything, so most of these are not JSON. */
const unit = fc.oneof(
  fc.constantFrom(
    'T',
    '\n',
    ' \n',
    ' \t',
    '{},',
    '[0],',
    '[',
    '[[]],',
    '\\\\',
    '\\"',
    '"',
    '1',
    '0.1,',
    '1e9,',
    'é',
    '\\u0020',
    '\\ud800',
    '"a":1,',
  ),
  fc.string({ unit: fc.constantFrom(...'[]{}":,\\ \n\t01.eE-+aTé'), minLength: 1, maxLength: 12 }),
)
const AROUND: [string, string][] = [
  ['', ''],
  ['{"name":"a","player_id":"b","properties":{', '}}'],
  ['{"name":"a","player_id":"b","properties":{"x":[', '1]}}'],
  ['{"name":"a","player_id":"b","properties":{"x":"', '"}}'],
  ['{"name":"a","player_id":"b","properties":{"x":', '}}'],
  ['{"name":"a","player_id":"b","occurred_at":"', '"}'],
  ['{"name":"a","player_id":"b","event_id":"', '"}'],
  ['{"name":"', '","player_id":"b"}'],
  ['{"name":"purchase","player_id":"b","properties":{"product_id":"p","currency":"EUR","amount_minor":', '}}'],
  ['{', '"name":"a","player_id":"b"}'],
  ['[', ']'],
]
const AROUND_BODY: [string, string][] = [...AROUND, ['{"sent_at":"', '","events":[{}]}'], ['{"events":[', '{}]}']]

const ofEvents = fc
  .record({ unit, around: fc.constantFrom(...AROUND), form: fc.constantFrom('json' as const, 'ndjson' as const) })
  .map(({ unit, around, form }): Body => {
    const events = Array<string>(REQUEST_EVENTS_MAX).fill(filled(unit, EVENT_CHARACTERS, around))
    return { form, text: form === 'json' ? `[${events.join(',')}]` : events.join('\n') }
  })
const whole = fc
  .record({ unit, around: fc.constantFrom(...AROUND_BODY), form: fc.constantFrom('json' as const, 'ndjson' as const) })
  .map(({ unit, around, form }): Body => ({ form, text: filled(unit, REQUEST_INFLATED_BYTES_MAX, around) }))

export const largeBody: fc.Arbitrary<Body> = fc.oneof(ofEvents, whole)

/** A body of the same size that a game could send: 1,000 events with many small properties. */
const HONEST: Body = {
  form: 'json',
  text: `[${Array<string>(REQUEST_EVENTS_MAX)
    .fill(
      `{"name":"a","player_id":"b","properties":{${Array.from({ length: 620 }, (_, at) => `"key${at}":${at}`).join(',')}}}`,
    )
    .join(',')}]`,
}

const CONTEXT = {
  gameId: 1,
  believed: BELIEVED,
  keyNo: null,
  keyFingerprint: null,
  receivedAtMs: Date.parse('2026-11-22T10:00:00Z'),
  newId: () => '01a20297-4e3b-7d0e-9f7e-0d6f5c1b2a39',
}

/** @returns milliseconds of CPU time of this process */
function costOf({ text, form }: Body): number {
  const bytes = Buffer.from(text).subarray(0, REQUEST_INFLATED_BYTES_MAX)
  const before = process.cpuUsage()
  try {
    acceptEvents({ bytes, form }, CONTEXT)
  } catch (error) {
    if (!(error instanceof RequestProblem)) throw error
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

const leastOf = (times: number, body: Body) => Math.min(...Array.from({ length: times }, () => costOf(body)))

/** Returns a check that throws if a body costs too much. A body that seems to is measured again: the machine may be busy. */
export function costCheck(): (body: Body) => void {
  const honestMs = leastOf(4, HONEST)
  return (body) => {
    if (costOf(body) <= COST_MAX * honestMs) return
    const ms = leastOf(3, body)
    const start = `${body.form} ${body.text.slice(0, 200)}`
    assert.ok(
      ms <= COST_MAX * honestMs,
      `${ms.toFixed(0)} ms; an honest body takes ${honestMs.toFixed(0)} ms: ${start}`,
    )
  }
}
