// Bodies in each form of the contract, their events with the text of each, and bodies that are refused as a whole.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RequestProblem } from '../contract/answer.ts'
import { REQUEST_LINES_MAX } from '../contract/limits.ts'
import { parseBody } from './parse-body.ts'

function parse(body: string, form: 'json' | 'ndjson') {
  const { events, sent } = parseBody(Buffer.from(body), form)
  return { events: [...events], sent }
}

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
  // Of two members named events, no event is lost.
  [`{"events":[${EVENT}],"events":[null]}`, [EVENT, 'null']],
  // Other members do not matter, and neither does their content.
  [`{"events":[${EVENT}],"sdk":NaN, "__proto__":{"a":[1,2]},"constructor":1,"\\u0000":{}}`, [EVENT]],
]

test('the events of each JSON form have the text that was sent', () => {
  for (const [body, expected] of BODIES) {
    const { events } = parse(body, 'json')
    assert.deepEqual(
      events.map(({ raw }) => raw),
      expected,
      body,
    )
    for (const { value, raw } of events) assert.deepEqual(value, raw === '[ ]' ? undefined : JSON.parse(raw))
  }
})

test('only an envelope has sent_at', () => {
  const sent = parse(`{"events":[${EVENT}],${ENVELOPE_END}`, 'json').sent
  assert.equal(sent?.text, '2026-11-22T08:30:00.000Z')
  for (const body of [EVENT, `[${EVENT}]`, `{"events":[${EVENT}]}`]) {
    assert.equal(parse(body, 'json').sent, undefined)
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
      assert.equal(parse(body, form).events[0]?.members.properties, expected, body)
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
    const { events, sent } = parse(body, 'ndjson')
    assert.equal(sent, undefined)
    assert.deepEqual(
      events.map(({ raw }) => raw),
      expected,
      JSON.stringify(body),
    )
  }
})

const BAD_BYTES = Buffer.from('{"name":"Zo\xe9","player_id":"p"}', 'latin1')
const COMMA = '{"accuracy":0,75}'
const NOT_A_NUMBER = '{"fps":NaN}'

/** Each body with the reason for each event that cannot be read, or undefined. */
const FAULTS: [string, (string | undefined)[]][] = [
  [`[${EVENT},${NOT_A_NUMBER},${COMMA},${EVENT}]`, [undefined, 'invalid_json', 'invalid_json', undefined]],
  [`{"events":[${NOT_A_NUMBER},${EVENT}]}`, ['invalid_json', undefined]],
  [`[${EVENT},]`, [undefined, 'invalid_json']],
  [`[,${EVENT}]`, ['invalid_json', undefined]],
  [`[${EVENT} ${EVENT},x y,${EVENT}]`, ['invalid_json', 'invalid_json', undefined]],
  [NOT_A_NUMBER, ['invalid_json']],
  ['{"name":"a\nb"}', ['invalid_json']],
  [`[${EVENT},{"text":"${'x'.repeat(64 * 1024)}"}]`, [undefined, 'event_too_large']],
  [`[{"text":"${'€'.repeat(30_000)}"}]`, ['event_too_large']],
]

test('what is wrong with one event is a fault of that event, and its text is kept', () => {
  for (const [body, reasons] of FAULTS) {
    const { events } = parse(body, 'json')
    assert.deepEqual(
      events.map(({ fault }) => fault?.reason),
      reasons,
      body.slice(0, 100),
    )
    for (const { fault, value, raw } of events) {
      assert.equal(value === undefined, fault !== undefined)
      assert.ok(body.includes(raw))
    }
  }
  const lines = parse(`${EVENT}\n{"name":\n${EVENT}`, 'ndjson').events
  assert.deepEqual(
    lines.map(({ raw, fault }) => [raw, fault?.reason]),
    [
      [EVENT, undefined],
      ['{"name":', 'invalid_json'],
      [EVENT, undefined],
    ],
  )
})

test('an event with a byte that is not UTF-8 does not affect the others', () => {
  const umlaut = '{"name":"Zoë","player_id":"名"}'
  const bodies: [Buffer, 'json' | 'ndjson'][] = [
    [Buffer.concat([Buffer.from(`[${umlaut},`), BAD_BYTES, Buffer.from(`,${EVENT}]`)]), 'json'],
    [Buffer.concat([Buffer.from(`${umlaut}\n`), BAD_BYTES, Buffer.from(`\n${EVENT}`)]), 'ndjson'],
    [
      Buffer.concat([Buffer.from(`{"events":[${umlaut},`), BAD_BYTES, Buffer.from(`,${EVENT}],"x":"\xe9"}`, 'latin1')]),
      'json',
    ],
  ]
  for (const [body, form] of bodies) {
    const [first, bad, last] = parseBody(body, form).events
    assert.deepEqual([first?.raw, first?.value], [umlaut, JSON.parse(umlaut)])
    assert.deepEqual([bad?.fault?.reason, bad?.is_latin1, bad?.value], ['invalid_utf8', true, undefined])
    assert.deepEqual(Buffer.from(bad?.raw ?? '', 'latin1'), BAD_BYTES)
    assert.equal(last?.raw, EVENT)
  }
})

const NO_BODIES: [string, string, string?][] = [
  ['', 'no_events'],
  [' \t\r\n', 'no_events'],
  ['[]', 'no_events'],
  [' [ ] ', 'no_events'],
  ['{"events":[]}', 'no_events'],
  [`{"events":{"a":[]},"events":[${EVENT}]}`, 'invalid_body', '/events'],
  [`${'['.repeat(4_000_000)}`, 'invalid_body'],
  [`[${EVENT}`, 'invalid_body'],
  [`[${EVENT}}`, 'invalid_body'],
  [`[{"a":{]`, 'invalid_body'],
  [`["${EVENT}]`, 'invalid_body'],
  [`{"events":[${EVENT}]`, 'invalid_body'],
  [`{"events":[${EVENT}] x}`, 'invalid_body'],
  [`{events:[${EVENT}]}`, 'invalid_body'],
  [`${EVENT}\n${EVENT}`, 'invalid_body'],
  ['1', 'invalid_body'],
  ['"x"', 'invalid_body'],
  ['null', 'invalid_body'],
  ['true', 'invalid_body'],
  ['{', 'invalid_body'],
  [`${EVENT}${EVENT}`, 'invalid_body'],
  ["{'name':'n'}", 'invalid_body'],
  [`\u00a0${EVENT}`, 'invalid_body'],
  ['{"events":{}}', 'invalid_body', '/events'],
  ['{"events":null}', 'invalid_body', '/events'],
  [`{"events":[${EVENT}],"events":7}`, 'invalid_body', '/events'],
]

test('a body that cannot be read is a problem of the request, with a path', () => {
  for (const [body, code, path] of NO_BODIES) {
    assert.throws(
      () => parse(body, 'json'),
      (problem) => problem instanceof RequestProblem && problem.code === code && problem.path === path,
      body,
    )
  }
  assert.throws(() => parse('\n \r\n\t\n', 'ndjson'), { code: 'no_events' })
})

test('a sent_at that is not a time is ignored', () => {
  for (const sentAt of ['null', '5', '""', '"2026-11-22T09:30:00"', '"2026-02-30T09:30:00Z"', 'NaN', '{"a":[1,2]}']) {
    const { events, sent } = parse(`{"events":[${EVENT}],"sent_at":${sentAt}}`, 'json')
    assert.deepEqual([events.length, sent], [1, undefined], sentAt)
  }
})

test('a request may have 1,000 events, and 1,001 are too many', () => {
  const events = (count: number) => Array.from({ length: count }, () => EVENT)
  const forms: [(events: string[]) => string, 'json' | 'ndjson'][] = [
    [(list) => `[${list}]`, 'json'],
    [(list) => `{"events":[${list}]}`, 'json'],
    [(list) => list.join('\n\n'), 'ndjson'],
  ]
  for (const [write, form] of forms) {
    assert.equal(parse(write(events(1_000)), form).events.length, 1_000)
    for (const count of [1_001, 5_000]) {
      assert.throws(() => parse(write(events(count)), form), { code: 'too_many_events' })
    }
  }
  // Blank lines count too.
  const blank = (lines: number) => `${'\n'.repeat(lines - 1)}${EVENT}`
  assert.equal(parse(blank(REQUEST_LINES_MAX), 'ndjson').events.length, 1)
  assert.throws(() => parse(blank(REQUEST_LINES_MAX + 1), 'ndjson'), { code: 'too_many_events' })
})

test('a hostile text is read in linear time', () => {
  const many = 1_000_000
  const hostile = [
    `${'['.repeat(many)}`,
    `x${' '.repeat(many)}x`,
    `${EVENT}${' '.repeat(many)}x`,
    '\n'.repeat(REQUEST_LINES_MAX - 2),
    `"${'\\'.repeat(many)}"`,
  ]
  const started = process.hrtime.bigint()
  for (const line of hostile) parse(`${line}\n${EVENT}`, 'ndjson')
  for (const text of hostile) assert.throws(() => parse(`[${text}`, 'json'), RequestProblem)
  // In quadratic time, a million characters would take a quarter of an hour.
  assert.ok(process.hrtime.bigint() - started < 20_000_000_000n)
})
