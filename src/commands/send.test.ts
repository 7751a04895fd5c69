// The send command: files, standard input, limits, retries, errors and Ctrl-C.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import {
  accept,
  acceptAll,
  QUICK_RETRIES,
  type ReceivedRequest,
  standInServer,
  testTerminal,
} from '../../test/stand-in-server.ts'
import { REQUEST_BYTES_MAX, REQUEST_INFLATED_BYTES_MAX } from '../contract/limits.ts'
import { send } from './send.ts'

const KEY = 'pt_w_0123456789abcdef0123456789abcdef'
const LINES = Array.from({ length: 1234 }, (_, index) => `{"name":"a","player_id":"p","properties":{"n":${index}.0}}`)

async function fileOf(t: TestContext, name: string, content: string | Buffer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'playtrace-send-'))
  t.after(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, name), content)
  return join(folder, name)
}

async function run(url: string, file: string, terminal = testTerminal()) {
  const code = await send({ file, url, key: KEY, limits: QUICK_RETRIES }, terminal)
  return { code, ...terminal.output }
}

/** Each line of the file with the id that `send` gave it, which is removed here. */
const withoutId = (line: string) => line.replace(/"event_id":"[0-9a-f-]{36}",?/, '')
const received = (requests: ReceivedRequest[]) => requests.flatMap(({ lines }) => lines.map(withoutId)).sort()

for (const [name, content] of Object.entries({
  'events.ndjson': LINES.join('\n'),
  'events.ndjson.gz': gzipSync(`${LINES.join('\n')}\n`),
  'gzip-by-its-bytes': gzipSync(LINES.join('\r\n')),
  'two-gzips-in-one.gz': Buffer.concat([
    gzipSync(`${LINES.slice(0, 7).join('\n')}\n`),
    gzipSync(LINES.slice(7).join('\n')),
  ]),
})) {
  test(`${name}: every line arrives unchanged, 500 per request`, async (t) => {
    const { url, requests } = await standInServer(t, acceptAll)
    const result = await run(url, await fileOf(t, name, content))
    assert.deepEqual(result, { code: 0, stdout: 'sent 1234, accepted 1234, rejected 0\n', stderr: '' })
    assert.deepEqual(requests.map(({ lines }) => lines.length).sort(), [234, 500, 500])
    assert.deepEqual(
      received(requests).map((line) => line.trimEnd()),
      LINES.toSorted(),
    )
  })
}

for (const [name, content] of Object.entries({
  plain: LINES.join('\n'),
  gzipped: gzipSync(LINES.join('\n')),
})) {
  test(`${name} events from standard input arrive too`, async (t) => {
    const { url, requests } = await standInServer(t, acceptAll)
    const terminal = testTerminal()
    terminal.stdin.write(content.slice(0, 1))
    terminal.stdin.end(content.slice(1))
    assert.equal((await run(url, '-', terminal)).code, 0)
    assert.deepEqual(received(requests), LINES.toSorted())
  })
}

test('shows the first ten rejections by line, and then the number of the others', async (t) => {
  const rejection = { event_id: null, reason: 'missing_field', path: '/name', message: 'name is required.' }
  const { url } = await standInServer(t, ({ lines }) => {
    const rejected = lines.flatMap((line, index) => (withoutId(line) === '{}' ? [{ index, ...rejection }] : []))
    return accept(lines.length - rejected.length, rejected)
  })
  const text = `{}\n\n${LINES.join('\n')}\n${'{}\n'.repeat(600)}`
  const { code, stdout, stderr } = await run(url, await fileOf(t, 'some-bad', text))
  const shown = stderr.trimEnd().split('\n')
  assert.equal(code, 1)
  assert.equal(stdout, 'sent 1835, accepted 1234, rejected 601\n')
  assert.equal(shown[0], 'line 1: missing_field at /name: name is required.')
  assert.equal(shown[1], 'line 1237: missing_field at /name: name is required.')
  assert.deepEqual([shown.length, shown[10]], [11, 'and 591 more rejected.'])
})

test('no request exceeds the limits of the contract, and a line that exceeds them is reported', async (t) => {
  const { url, requests } = await standInServer(t, acceptAll)
  let noise = ''
  for (let state = 1; noise.length < 300_000; state = (state * 48_271) % 2_147_483_647) noise += state.toString(36)
  const badlyPacked = Array.from({ length: 12 }, (_, index) => `{"n":${index},"noise":"${noise}"}`)
  const tooLong = `{"zeros":"${'0'.repeat(REQUEST_INFLATED_BYTES_MAX)}"}`
  const tooLongPacked = `{"noise":"${Array.from(badlyPacked, (_, at) => noise.slice(at) + noise.slice(0, at * 1000)).join('')}"}`
  const halfFull = Array.from({ length: 3 }, () => `{"zeros":"${'0'.repeat(REQUEST_INFLATED_BYTES_MAX / 2)}"}`)
  const file = await fileOf(t, 'large', [...badlyPacked, tooLong, tooLongPacked, ...halfFull].join('\n'))
  const { code, stdout, stderr } = await run(url, file)
  assert.equal(stdout, 'sent 17, accepted 15, rejected 2\n')
  assert.match(
    stderr,
    /^line 13: body_too_large: The line has \d+ bytes; the limit is \d+\. It was not sent\.\nline 14: body_too_large: /,
  )
  assert.equal(code, 1)
  assert.deepEqual(received(requests), [...badlyPacked, ...halfFull].sort())
  for (const { bytes, body } of requests) {
    assert.ok(bytes <= REQUEST_BYTES_MAX && Buffer.byteLength(body) <= REQUEST_INFLATED_BYTES_MAX)
  }
})

test('a 413 of a proxy halves the request, and the line that is too large counts as not sent', async (t) => {
  const { url } = await standInServer(t, (request) =>
    request.lines.length > 100 || request.lines.some((line) => withoutId(line) === LINES[600])
      ? { status: 413 }
      : acceptAll(request),
  )
  const { code, stdout, stderr } = await run(url, await fileOf(t, 'events', LINES.join('\n')))
  assert.equal(code, 1)
  assert.equal(stdout, 'sent 1233, accepted 1233, rejected 0, not sent 1\n')
  assert.equal(
    stderr,
    'line 601: a proxy refused it: 413 without a reason. Raise the limit of the proxy, then send it again.\n',
  )
})

test('a request that the server cannot read is divided until the line is found, and the others are sent', async (t) => {
  const bad = LINES[600] ?? ''
  const isBad = ({ lines }: ReceivedRequest) => lines.some((line) => withoutId(line) === bad)
  const body = { title: 'Bad Request', code: 'invalid_body', detail: 'It is not JSON.' }
  const { url, requests } = await standInServer(t, (request) =>
    isBad(request) ? { status: 400, body } : acceptAll(request),
  )
  const { code, stdout, stderr } = await run(url, await fileOf(t, 'events', LINES.join('\n')))
  assert.deepEqual([code, stdout], [1, 'sent 1234, accepted 1233, rejected 1\n'])
  assert.equal(stderr, 'line 601: invalid_body: 400 Bad Request: It is not JSON\n')
  const taken = requests.filter((request) => !isBad(request)).flatMap(({ lines }) => lines.map(withoutId))
  assert.deepEqual(taken.sort(), LINES.filter((line) => line !== bad).sort())
})

test('after a failure, the counts add up to the number of lines', async (t) => {
  const { url } = await standInServer(t, () => ({ status: 401, body: {} }))
  const lines = Array.from({ length: 5_000 }, () => LINES[0]).join('\n')
  const { code, stdout } = await run(url, await fileOf(t, 'events', lines))
  assert.equal(code, 1)
  assert.equal(Number(/^sent (\d+)/.exec(stdout)?.[1]) + Number(/not sent (\d+)/.exec(stdout)?.[1]), 5_000, stdout)
})

const FORMS: Record<string, string | Buffer> = {
  'an array': `[${LINES.join(',')}]`,
  'a pretty array': `\n[\n${LINES.map((line) => `  ${line.replaceAll(',', ',\n    ')}`).join(',\n')}\n]\n`,
  'UTF-16 with a mark': Buffer.from(`\uFEFF${LINES.join('\r\n')}`, 'utf16le'),
  'UTF-16 with the other mark': Buffer.from(`\uFEFF${LINES.join('\n')}`, 'utf16le').swap16(),
  'an array in UTF-16': Buffer.from(`\uFEFF[${LINES.join(',')}]`, 'utf16le'),
  'lines that end with CR': LINES.join('\r'),
}

test('a file in any form is sent', async (t) => {
  for (const [what, content] of Object.entries(FORMS)) {
    const { url, requests } = await standInServer(t, acceptAll)
    const result = await run(url, await fileOf(t, 'events', content))
    assert.deepEqual(result, { code: 0, stdout: 'sent 1234, accepted 1234, rejected 0\n', stderr: '' }, what)
    const parsed = received(requests).map((line): unknown => JSON.parse(line))
    const numbers = (events: unknown[]) => events.map((event) => (event as { properties: { n: number } }).properties.n)
    assert.deepEqual(numbers(parsed).sort(), numbers(LINES.map((line): unknown => JSON.parse(line))).sort(), what)
  }
})

test('an empty element of an array is a rejection, and the others are sent as they are', async (t) => {
  const { url, requests } = await standInServer(t, acceptAll)
  const file = await fileOf(t, 'events', '[{"a":[1,2],"b":"],["},{"c":NaN} ,, 5] rest')
  const { stdout, stderr } = await run(url, file)
  assert.equal(stdout, 'sent 5, accepted 4, rejected 1\n')
  assert.equal(stderr, 'event 3: invalid_json: The event is empty. It was not sent.\n')
  assert.deepEqual(
    received(requests).map((line) => line.trim()),
    ['5', 'rest', '{"a":[1,2],"b":"],["}', '{"c":NaN}'],
  )
})

test('a line without an event_id gets one before its first try, and each try has the same', async (t) => {
  const { url, requests } = await standInServer(t, (request, index) =>
    index === 0 ? { status: 503, headers: { 'retry-after': '0' } } : acceptAll(request),
  )
  const given = '{"event_id":"0185abcd-ef01-7fff-bfff-000000000001","name":"n","player_id":"p"}'
  const inside = '{"name":"n","player_id":"p","properties":{"event_id":"mine"}}'
  const { code } = await run(url, await fileOf(t, 'events', [given, inside, '{}', 'nonsense'].join('\n')))
  assert.equal(code, 0)
  const [first, second] = requests
  assert.deepEqual(first?.lines, second?.lines)
  assert.equal(first?.lines[0], given)
  assert.match(first?.lines[1] ?? '', /^\{"event_id":"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}","name":"n",/)
  assert.match(first?.lines[2] ?? '', /^\{"event_id":"[0-9a-f-]{36}"\}$/)
  assert.equal(first?.lines[3], 'nonsense')
})

test('events with old times are counted', async (t) => {
  const { url } = await standInServer(t, acceptAll)
  const old = '{"name":"n","player_id":"p","occurred_at":"2023-01-01T00:00:00Z"}'
  const recent = old.replace('2023-01-01T00:00:00Z', new Date().toISOString())
  const { code, stderr } = await run(url, await fileOf(t, 'events', [old, recent, old].join('\n')))
  assert.equal(code, 0)
  assert.match(stderr, /^Events that happened more than 35 days ago: 2\. .*playtrace games set/)
})

test('a wrong key ends the command immediately', async (t) => {
  const body = { title: 'Unauthorized', detail: 'No such key.' }
  const { url, requests } = await standInServer(t, () => ({ status: 401, body }))
  const { code, stderr } = await run(url, await fileOf(t, 'events', LINES.join('\n').repeat(20)))
  assert.equal(code, 1)
  assert.match(stderr, /401 Unauthorized: No such key\.\n$/)
  assert.ok(requests.length <= 4)
})

test('retries lose nothing, and are reported once if there is no terminal', async (t) => {
  const { url, requests } = await standInServer(t, (request, index) =>
    index % 3 ? acceptAll(request) : { status: 503 },
  )
  const { code, stdout, stderr } = await run(url, await fileOf(t, 'events', LINES.join('\n')))
  assert.equal(code, 0)
  assert.equal(stdout, 'sent 1234, accepted 1234, rejected 0\n')
  assert.match(stderr, /^\S+: 503 without a reason\. Retrying for up to 10 s without progress\.\n$/)
  assert.ok(requests.length > 3)
})

test('a file that cannot be read to its end is reported, and the lines before the error are sent', async (t) => {
  const { url } = await standInServer(t, acceptAll)
  const whole = gzipSync(LINES.join('\n'))
  const files: [string, RegExp, string][] = [
    [join(tmpdir(), 'playtrace-no-such-file'), /does not exist/, ''],
    [tmpdir(), /is a folder/, ''],
    [await fileOf(t, 'not.gz', LINES.join('\n')), /is not a gzip file/, 'sent 0, accepted 0, rejected 0\n'],
    [await fileOf(t, 'cut.gz', whole.subarray(0, -20)), /is an incomplete gzip file/, 'sent \\d+, '],
  ]
  for (const [file, message, stdout] of files) {
    const result = await run(url, file)
    assert.match(result.stderr, message)
    assert.match(result.stdout, new RegExp(`^${stdout}`))
    assert.equal(result.code, 1)
  }
})

test('an empty file is reported and is not a failure', async (t) => {
  for (const name of ['empty', 'empty.gz']) {
    const { code, stdout, stderr } = await run('http://127.0.0.1:9', await fileOf(t, name, ''))
    assert.deepEqual([code, stdout], [0, 'sent 0, accepted 0, rejected 0\n'])
    assert.match(stderr, /contains no events/)
  }
})

test('Ctrl-C stops the command, even while a pipe is idle, and prints the counts so far', async (t) => {
  const terminal = testTerminal()
  const { url } = await standInServer(t, (request) => {
    setImmediate(() => terminal.raise('SIGINT'))
    return acceptAll(request)
  })
  // One batch and the first line of the next one. The pipe stays open.
  terminal.stdin.write(`${LINES.slice(0, 501).join('\n')}\n`)
  const { code, stdout } = await run(url, '-', terminal)
  assert.deepEqual([code, stdout], [130, 'sent 500, accepted 500, rejected 0\n'])
})
