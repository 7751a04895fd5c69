// Bodies in each form of the contract, their events with the text of each, and bodies that are refused as a whole.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RequestProblem } from '../contract/answer.ts'
import { parseBody } from './parse-body.ts'

const EVENT = '{"name":"n","player_id":"p"}'
const PRETTY = '{\n  "name" : "n",\n  "properties" : { "id": 76561197960287930123,\n "price": 1.10 }\n}'
const PRETTY_PROPERTIES = '{ "id": 76561197960287930123,\n "price": 1.10 }'
const ENVELOPE_END = '"sent_at":"2026-11-22T09:30:00+01:00"}'

/** Each body with the raw text of the events in it. */
const BODIES: [string, string[]][] = [
  [EVENT, [EVENT]],
  [` \t\r\n${PRETTY}\n`, [PRETTY]],
  [`[${EVENT}]`, [EVENT]],
  [`\n[ ${PRETTY} ,\n${EVENT}\t, null, 1,"x" , [ ] ]\n`, [PRETTY, EVENT, 'null', '1', '"x"', '[ ]']],
  [`{"events":[${EVENT}]}`, [EVENT]],
  [`{ "events" : [ ${PRETTY} , null ] , ${ENVELOPE_END}`, [PRETTY, 'null']],
  [`{${ENVELOPE_END.slice(0, -1)},"events":[${EVENT}]}`, [EVENT]],
  [`{"\\u0065vents":[${EVENT}]}`, [EVENT]],
]

test('the events of each JSON form have the text that was sent', () => {
  for (const [body, expected] of BODIES) {
    const { events } = parseBody(body, 'json')
    assert.deepEqual(
      events.map(({ raw }) => raw),
      expected,
      body,
    )
    for (const { value, raw } of events) assert.deepEqual(value, JSON.parse(raw))
  }
})

test('only an envelope has sent_at', () => {
  const sent = parseBody(`{"events":[${EVENT}],${ENVELOPE_END}`, 'json').sent
  assert.equal(sent?.text, '2026-11-22T08:30:00.000Z')
  for (const body of [EVENT, `[${EVENT}]`, `{"events":[${EVENT}]}`]) {
    assert.equal(parseBody(body, 'json').sent, undefined)
  }
})

test('the text of properties is the text that was sent', () => {
  const texts: [string, string | undefined][] = [
    [EVENT, undefined],
    [PRETTY, PRETTY_PROPERTIES],
    ['{"properties":{}}', '{}'],
    ['{"properties":null}', 'null'],
    ['{"properties":{"a":1},"properties": {"a":2, "a":3} }', '{"a":2, "a":3}'],
    ['{"propert\\u0069es":{"é":"\\u00e9"}}', '{"é":"\\u00e9"}'],
    ['{"other":{"properties":{"a":1}},"text":"\\"properties\\":{"}', undefined],
  ]
  for (const [text, expected] of texts) {
    for (const [body, form] of bodiesWith(text)) {
      assert.equal(parseBody(body, form).events[0]?.raw_properties, expected, body)
    }
  }
})

function bodiesWith(event: string): [string, 'json' | 'ndjson'][] {
  const bodies: [string, 'json' | 'ndjson'][] = [
    [event, 'json'],
    [`[ ${event}]`, 'json'],
    [`{"sent_at":"2026-11-22T08:30:00Z","events":[\n${event}\n]}`, 'json'],
  ]
  // NDJSON has no line breaks inside an event.
  return event.includes('\n') ? bodies : [...bodies, [event, 'ndjson']]
}

test('each line of NDJSON that is not blank is one event', () => {
  const bodies: [string, string[]][] = [
    [EVENT, [EVENT]],
    [`${EVENT}\n`, [EVENT]],
    [`${EVENT}\n${EVENT}`, [EVENT, EVENT]],
    [`${EVENT}\r\n${EVENT}\r\n`, [EVENT, EVENT]],
    [`\n\r\n \t\n${EVENT}\n\n \n${EVENT}\n\n`, [EVENT, EVENT]],
    [` \t${EVENT} \r\n`, [EVENT]],
    [`${EVENT}\n{"name":\r\n${EVENT}`, [EVENT, '{"name":', EVENT]],
    [`nonsense\n[${EVENT}]\nnull`, ['nonsense', `[${EVENT}]`, 'null']],
    [`${EVENT} ${EVENT}`, [`${EVENT} ${EVENT}`]],
    [`\u00a0${EVENT}`, [`\u00a0${EVENT}`]],
  ]
  for (const [body, expected] of bodies) {
    const { events, sent } = parseBody(body, 'ndjson')
    assert.equal(sent, undefined)
    assert.deepEqual(
      events.map(({ raw }) => raw),
      expected,
      JSON.stringify(body),
    )
  }
})

test('a line that is not JSON has no value, and does not affect other lines', () => {
  const [first, broken, last] = parseBody(`${EVENT}\n{"name":\n${EVENT}`, 'ndjson').events
  assert.deepEqual(first?.value, { name: 'n', player_id: 'p' })
  assert.deepEqual(broken, { value: undefined, raw: '{"name":', raw_properties: undefined })
  assert.deepEqual(last?.value, { name: 'n', player_id: 'p' })
})

const NO_BODIES: [string, string, string?][] = [
  ['', 'no_events'],
  [' \t\r\n', 'no_events'],
  ['[]', 'no_events'],
  [' [ ] ', 'no_events'],
  ['{"events":[]}', 'no_events'],
  [`{"events":[${EVENT}],"events":[]}`, 'invalid_body', '/events'],
  [`{"events":[1,2,3],"events":[${EVENT}]}`, 'invalid_body', '/events'],
  [`{"events":{"a":[]},"events":[${EVENT}]}`, 'invalid_body', '/events'],
  [`${'['.repeat(4_000_000)}${']'.repeat(4_000_000)}`, 'invalid_body'],
  ['1', 'invalid_body'],
  ['"x"', 'invalid_body'],
  ['null', 'invalid_body'],
  ['true', 'invalid_body'],
  ['{', 'invalid_body'],
  [`${EVENT}${EVENT}`, 'invalid_body'],
  [`[${EVENT},]`, 'invalid_body'],
  ['{"name":NaN}', 'invalid_body'],
  ["{'name':'n'}", 'invalid_body'],
  ['{"name":"a\nb"}', 'invalid_body'],
  [`\u00a0${EVENT}`, 'invalid_body'],
  ['{"events":{}}', 'invalid_body', '/events'],
  ['{"events":null}', 'invalid_body', '/events'],
  [`{"events":[${EVENT}],"events":7}`, 'invalid_body', '/events'],
  [`{"events":[${EVENT}],"sentAt":1}`, 'invalid_body', '/sentAt'],
  [`{"events":[${EVENT}],"__proto__":{}}`, 'invalid_body', '/__proto__'],
  [`{"events":[${EVENT}],"constructor":1}`, 'invalid_body', '/constructor'],
  [`{"events":[${EVENT}],"\\u0000":1}`, 'invalid_body', '/\uFFFD'],
  ...['null', '5', '""', '"2026-11-22T09:30:00"', '"2026-02-30T09:30:00Z"', '"2026-11-22T09:30:00+99:00"'].map(
    (sentAt): [string, string, string] => [`{"events":[${EVENT}],"sent_at":${sentAt}}`, 'invalid_body', '/sent_at'],
  ),
]

test('a body that cannot be read is a problem of the request, with a path', () => {
  for (const [body, code, path] of NO_BODIES) {
    assert.throws(
      () => parseBody(body, 'json'),
      (problem) => problem instanceof RequestProblem && problem.code === code && problem.path === path,
      body,
    )
  }
  assert.throws(() => parseBody('\n \r\n\t\n', 'ndjson'), { code: 'no_events' })
})

test('a name of a million characters is cut in a problem', () => {
  const body = `{"events":[],"${'k'.repeat(1_000_000)}":1}`
  assert.throws(
    () => parseBody(body, 'json'),
    ({ message, path }: RequestProblem) => message.length < 300 && (path?.length ?? 0) < 110,
  )
})

test('a request may have 1,000 events, and 1,001 are too many', () => {
  const events = (count: number) => Array.from({ length: count }, () => EVENT)
  const forms: [(events: string[]) => string, 'json' | 'ndjson'][] = [
    [(list) => `[${list}]`, 'json'],
    [(list) => `{"events":[${list}]}`, 'json'],
    [(list) => list.join('\n\n'), 'ndjson'],
  ]
  for (const [write, form] of forms) {
    assert.equal(parseBody(write(events(1_000)), form).events.length, 1_000)
    for (const count of [1_001, 5_000]) {
      assert.throws(() => parseBody(write(events(count)), form), { code: 'too_many_events' })
    }
  }
})

test('a hostile text is read in linear time', () => {
  const many = 1_000_000
  const hostile = [
    `${'['.repeat(many)}`,
    `x${' '.repeat(many)}x`,
    `${EVENT}${' '.repeat(many)}x`,
    '\n'.repeat(many),
    `"${'\\'.repeat(many)}"`,
  ]
  const started = process.hrtime.bigint()
  for (const line of hostile) parseBody(`${line}\n${EVENT}`, 'ndjson')
  // In quadratic time, a million characters would take a quarter of an hour.
  assert.ok(process.hrtime.bigint() - started < 20_000_000_000n)
})
