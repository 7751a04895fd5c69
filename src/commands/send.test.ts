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

const received = (requests: ReceivedRequest[]) => requests.flatMap(({ lines }) => lines).sort()

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
    const rejected = lines.flatMap((line, index) => (line === '{}' ? [{ index, ...rejection }] : []))
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
    /^line 13: too_large: The line has \d+ bytes; the limit is \d+\. It was not sent\.\nline 14: too_large: /,
  )
  assert.equal(code, 1)
  assert.deepEqual(received(requests), [...badlyPacked, ...halfFull].sort())
  for (const { bytes, body } of requests) {
    assert.ok(bytes <= REQUEST_BYTES_MAX && Buffer.byteLength(body) <= REQUEST_INFLATED_BYTES_MAX)
  }
})

test('a 413 halves the request, down to the line that is too large', async (t) => {
  const { url } = await standInServer(t, (request) =>
    request.lines.length > 100 || request.lines.includes(LINES[600] ?? '') ? { status: 413 } : acceptAll(request),
  )
  const { code, stdout, stderr } = await run(url, await fileOf(t, 'events', LINES.join('\n')))
  assert.equal(code, 1)
  assert.equal(stdout, 'sent 1234, accepted 1233, rejected 1\n')
  assert.equal(stderr, 'line 601: too_large: 413 without a reason\n')
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
