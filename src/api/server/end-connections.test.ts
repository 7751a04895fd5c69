// Tests that need a real socket: invalid HTTP, clients that go away, keep-alive, chunked bodies and draining.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { anEvent, assertProblem, DEMO, openTestApp, type TestApp } from '../../../test/test-app.ts'
import { until } from '../../../test/until.ts'
import type { AppParts } from '../app.ts'
import { writeProblem } from './errors.ts'

const BODY = JSON.stringify(anEvent())
const HEAD = `POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${DEMO.write}\r\nContent-Type: application/json\r\n`
const WHOLE = `${HEAD}Content-Length: ${BODY.length}\r\n\r\n${BODY}`
const CLOSE = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'

async function listen(t: TestContext, parts: Partial<AppParts> = {}): Promise<TestApp & { port: number }> {
  const api = await openTestApp(parts)
  t.after(() => api.close())
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  return { ...api, port: (api.app.server.address() as AddressInfo).port }
}

/** Sends these bytes, and returns all that the server answers until it closes the connection. */
async function talk(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {}) // a reset ends the talk; what came before it counts
  let said = ''
  socket.on('data', (data) => {
    said += data
  })
  socket.write(bytes)
  await new Promise((resolve) => socket.on('close', resolve))
  return said
}

function answersIn(said: string): { statusCode: number; headers: Record<string, string>; body: string }[] {
  return said.split(/(?=HTTP\/1\.1 \d)/).map((answer) => {
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    const [statusLine = '', ...lines] = head.split('\r\n')
    const headers = lines.map((line) => [line.split(': ')[0]?.toLowerCase(), line.slice(line.indexOf(': ') + 2)])
    return { statusCode: Number(statusLine.split(' ')[1]), headers: Object.fromEntries(headers), body }
  })
}

const NO_HTTP: [string, string, number, string][] = [
  ['no HTTP at all', 'hello, is this Playtrace?\r\n\r\n', 400, 'bad_request'],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'bad_request'],
  ['a broken header', 'GET / HTTP/1.1\r\nHost x\r\n\r\n', 400, 'bad_request'],
  ['a NUL in a header', 'GET / HTTP/1.1\r\nHost: x\0\r\n\r\n', 400, 'bad_request'],
  ['two lengths', `${HEAD}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400, 'bad_request'],
  ['a length that is none', `${HEAD}Content-Length: many\r\n\r\n${BODY}`, 400, 'bad_request'],
  ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
]

test('invalid HTTP is answered with a problem, and the server continues', async (t) => {
  const api = await listen(t)
  for (const [what, bytes, status, code] of NO_HTTP) {
    const [answer = assert.fail(what)] = answersIn(await talk(api.port, bytes))
    assertProblem(answer, status, code)
    assert.equal(Number(answer.headers['content-length']), answer.body.length)
  }
  assert.equal(answersIn(await talk(api.port, WHOLE + CLOSE))[0]?.statusCode, 202)
  assert.equal(api.batches.length, 1)
})

/** An error of a socket, and the answer to it. */
const SOCKET_ERRORS: [string, RegExp][] = [
  ['ERR_HTTP_REQUEST_TIMEOUT', /^HTTP\/1\.1 408 Request Timeout\r\n.*"code":"request_timeout"/s],
  ['HPE_HEADER_OVERFLOW', /^HTTP\/1\.1 431 Request Header Fields Too Large\r\n.*"code":"headers_too_large"/s],
  ['HPE_INVALID_METHOD', /^HTTP\/1\.1 400 Bad Request\r\n.*Connection: close\r\n/s],
  ['ECONNRESET', /^$/],
]

test('a failed socket gets the cause, unless the client is gone', async () => {
  for (const [code, expected] of SOCKET_ERRORS) {
    const socket = new PassThrough()
    const said: Buffer[] = []
    socket.on('data', (bytes) => said.push(bytes))
    writeProblem(Object.assign(new Error('Parse Error'), { code }), socket as unknown as Socket)
    assert.match(Buffer.concat(said).toString(), expected)
    assert.ok(socket.destroyed)
  }
})

test('a connection is kept for the next request, and pipelined requests are answered in order', async (t) => {
  const api = await listen(t)
  const broken = `${HEAD}Content-Length: 1\r\n\r\n{`
  const answers = answersIn(await talk(api.port, WHOLE + broken + WHOLE + CLOSE))
  assert.deepEqual(
    answers.map(({ statusCode }) => statusCode),
    [202, 400, 202, 200],
  )
})

test('a body in chunks is one body', async (t) => {
  const api = await listen(t)
  const chunks = [...BODY].map((character) => `1\r\n${character}\r\n`).join('')
  const said = await talk(api.port, `${HEAD}Transfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n${CLOSE}`)
  assert.equal(answersIn(said)[0]?.statusCode, 202)
  assert.equal(api.batches[0]?.events[0]?.player_id, 'p-1')
})

/** Posts over a new connection. Resolves with the answer, although the server may not have read the complete body. */
async function post(port: number, body: Buffer, headers: Record<string, string | number>): Promise<IncomingMessage> {
  const sending = request({
    port,
    method: 'POST',
    path: '/v1/events',
    agent: new Agent({ keepAlive: false }),
    headers: { authorization: `Bearer ${DEMO.write}`, 'content-type': 'application/json', ...headers },
  })
  sending.end(body)
  const [response] = (await once(sending, 'response')) as [IncomingMessage]
  sending.on('error', () => {}) // once answered, the rest of the body may be cut off
  return response
}

test('a body beyond the limit is answered before it has arrived, by its length or by its chunks', async (t) => {
  const api = await listen(t)
  const body = Buffer.alloc(10 * 1024 * 1024, ' ')
  for (const headers of [{ 'content-length': body.length }, { 'transfer-encoding': 'chunked' }]) {
    for (let round = 0; round < 10; round++) {
      const response = await post(api.port, body, headers)
      const answer = {
        statusCode: response.statusCode ?? 0,
        headers: response.headers,
        body: await text(response),
      }
      assertProblem(answer, 413, 'body_too_large')
    }
  }
})

/** Connects and sends these bytes. Resolves with the socket of the server when it has the bytes. */
async function sendPart(api: TestApp, client: Socket, bytes: string): Promise<Socket> {
  const [connection] = (await once(api.app.server, 'connection')) as [Socket]
  const arrived = once(connection, 'data')
  client.write(bytes)
  await arrived
  return connection
}

async function leave(api: TestApp & { port: number }, bytes: string): Promise<void> {
  const client = connect(api.port, '127.0.0.1')
  const connection = await sendPart(api, client, bytes)
  client.resetAndDestroy()
  if (!connection.closed) await once(connection, 'close').catch(() => {}) // it closes with the reset as its error
}

test('a client that goes away in the middle of its body leaves no events and no connection', async (t) => {
  const api = await listen(t)
  const halves = [
    `${HEAD}Content-Length: ${BODY.length}\r\n\r\n${BODY.slice(0, -1)}`,
    `${HEAD}Content-Length: 1000000\r\n\r\n[${BODY},`,
    `${HEAD}Transfer-Encoding: chunked\r\n\r\n${BODY.length.toString(16)}\r\n${BODY}\r\n`,
    HEAD,
  ]
  for (const half of halves) for (let client = 0; client < 10; client++) await leave(api, half)
  const { promise, resolve } = Promise.withResolvers<number>()
  api.app.server.getConnections((_error, count) => resolve(count))
  assert.equal(await promise, 0)
  assert.deepEqual([api.batches, api.logLines.filter((line) => line.includes('"level":50'))], [[], []])
  assert.equal(answersIn(await talk(api.port, WHOLE + CLOSE))[0]?.statusCode, 202)
})

test('a process that drains answers requests in flight and new requests on open connections', async (t) => {
  const onDisk = Promise.withResolvers<void>()
  const taken = Promise.withResolvers<void>()
  const enqueue = async () => {
    taken.resolve()
    await onDisk.promise
    return 'batch'
  }
  const api = await listen(t, { enqueue })
  const inHand = talk(api.port, WHOLE)
  await taken.promise
  const onItsWay = connect(api.port, '127.0.0.1')
  const said = text(onItsWay)
  await sendPart(api, onItsWay, HEAD)
  const closed = api.app.close()
  await until(() => !api.app.server.listening) // now only what is open already can be answered
  onItsWay.write(WHOLE.slice(HEAD.length))
  onDisk.resolve()
  await closed
  for (const answer of [await inHand, await said]) {
    const [{ statusCode, body } = assert.fail()] = answersIn(answer)
    assert.deepEqual([statusCode, body], [202, '{"accepted":1,"rejected":[]}'])
  }
  assert.equal(await talk(api.port, WHOLE), '', 'new connections are refused')
})

test('a process that drains does not wait for idle connections and incomplete requests', async (t) => {
  const api = await listen(t)
  const half = connect(api.port, '127.0.0.1')
  await sendPart(api, half, HEAD)
  const silent = connect(api.port, '127.0.0.1')
  await once(api.app.server, 'connection')
  // A reset also ends the connection.
  const ends = [silent, half].map((socket) => once(socket.on('error', () => {}).resume(), 'close').catch(() => {}))
  await api.app.close()
  await Promise.all(ends)
})

test('a process that drains does not wait for the request of a client that went away', async (t) => {
  const taken = Promise.withResolvers<void>()
  const onDisk = Promise.withResolvers<string>()
  const enqueue = () => {
    taken.resolve()
    return onDisk.promise
  }
  const api = await listen(t, { enqueue })
  const gone = connect(api.port, '127.0.0.1')
  gone.write(WHOLE)
  await taken.promise
  const connected = once(api.app.server, 'connection')
  const silent = connect(api.port, '127.0.0.1').on('error', () => {})
  t.after(() => silent.destroy()) // where it is not ended, the drain below would wait for it
  await connected
  gone.resetAndDestroy()
  onDisk.resolve('batch')
  const ended = once(silent.resume(), 'close')
  await api.app.close()
  await ended
})
