// The limits of the requests in flight: requests beyond them are refused, and every request returns its share.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { onEnd } from '../../../test/on-end.ts'
import {
  anEvent,
  assertProblem,
  DEMO,
  KEYS,
  OTHER,
  openTestApp,
  postEvents,
  type TestApp,
} from '../../../test/test-app.ts'
import { until } from '../../../test/until.ts'
import type { AppParts } from '../app.ts'

const MIB = 1024 * 1024
const CHUNKS = 100_000
const head = (key: string) =>
  `POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\n`
const HEAD = head(DEMO.write)
/** A complete body of 1 MiB. */
const LARGE = JSON.stringify(anEvent()).padEnd(MIB)

async function listen(t: TestContext, parts: Partial<AppParts> = {}): Promise<TestApp & { port: number }> {
  const api = await openTestApp(parts)
  onEnd(t, () => api.close())
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  return { ...api, port: (api.app.server.address() as AddressInfo).port }
}

/** Opens connections that send only these bytes. Resolves when all are connected. */
function sendAll(t: TestContext, port: number, count: number, bytes: string): Promise<Socket[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect(port, '127.0.0.1')
      onEnd(t, () => socket.destroy())
      socket.on('error', () => {})
      await once(socket, 'connect')
      socket.write(bytes)
      return socket
    }),
  )
}

function connectionsOf({ app }: TestApp): Promise<number> {
  return new Promise((resolve) => app.server.getConnections((_error, count) => resolve(count)))
}

const isTaken = async (api: TestApp) => (await postEvents(api, anEvent())).statusCode === 202
const OF_OTHER = { authorization: `Bearer ${OTHER.write}` }

test('at the limit of bytes, new requests are refused before their body', async (t) => {
  const api = await listen(t)
  const sockets = await sendAll(t, api.port, 40, `${HEAD}Content-Length: ${MIB}\r\n\r\n${LARGE.slice(1)}`)
  const refused = await until(async () => {
    const response = await postEvents(api, anEvent())
    return response.statusCode === 503 && response
  })
  assertProblem(refused, 503, 'unavailable')
  assert.equal(refused.headers['retry-after'], '1')
  assert.match((await api.app.inject('/readyz')).json().degraded[0], /too many requests/)
  assert.equal((await postEvents(api, LARGE, OF_OTHER)).statusCode, 202, 'another game has room')
  for (const socket of sockets) socket.resetAndDestroy()
  await until(() => isTaken(api))
  assert.match(await api.registry.metrics(), /requests_shed_total\{reason="in_flight"\} [1-9]/)
})

test('a body that exceeds the limit of bytes is refused, and its connection is closed', async (t) => {
  const api = await listen(t)
  // Every request has started before the bytes arrive, so none is refused at its start.
  const sockets = await sendAll(t, api.port, 60, `${HEAD}Content-Length: ${MIB}\r\n\r\n[`)
  const closed = Promise.all(sockets.map((socket) => once(socket, 'close')))
  const answers: string[] = []
  for (const socket of sockets) socket.once('data', (data) => answers.push(String(data)))
  await until(async () => (await connectionsOf(api)) === sockets.length)
  for (const socket of sockets) socket.write(LARGE.slice(2))
  await until(() => answers.filter((answer) => answer.startsWith('HTTP/1.1 503')).length >= 5)
  assert.match(answers[0] ?? '', /connection: close.*"code":"unavailable"/is)
  for (const socket of sockets) socket.destroy()
  await closed
  await until(() => isTaken(api))
})

test('a request keeps its share until the queue answers, also without its client', async (t) => {
  const onDisk = Promise.withResolvers<void>()
  let waiting = 0
  const enqueue = async () => {
    waiting++
    await onDisk.promise
    return 'batch'
  }
  const api = await listen(t, { enqueue })
  onEnd(t, () => onDisk.resolve())
  // A body counts twice: as bytes and as text. The last of 16 bodies reaches the limit for new requests, so none is refused.
  const sockets = await sendAll(t, api.port, 16, `${HEAD}Content-Length: ${MIB}\r\n\r\n${LARGE}`)
  await until(() => waiting === sockets.length)
  const closed = sockets.map((socket) => once(socket, 'close'))
  for (const socket of sockets) socket.resetAndDestroy()
  await Promise.all(closed)
  assert.match((await api.app.inject('/readyz')).json().degraded[0], /too many requests/)
  onDisk.resolve()
  await until(() => isTaken(api))
})

test('one game’s flood leaves room for the largest body of another game', async (t) => {
  const onDisk = Promise.withResolvers<string>()
  const games: (number | undefined)[] = []
  const api = await listen(t, {
    enqueue({ events }) {
      games.push(events[0]?.game_id)
      return onDisk.promise
    },
  })
  onEnd(t, () => onDisk.resolve('batch'))
  const largest = gzipSync(JSON.stringify(anEvent()).padEnd(8 * MIB))
  const inflating = { 'content-encoding': 'gzip' }
  let refused = 0
  const flood = Array.from({ length: 12 }, async () => {
    const { statusCode } = await postEvents(api, largest, inflating)
    if (statusCode === 503) refused++
    return statusCode
  })
  await until(() => refused + games.length === flood.length)
  assert.deepEqual([...new Set(games)], [1])
  assertProblem(await postEvents(api, anEvent()), 503, 'unavailable')
  const other = postEvents(api, largest, { ...OF_OTHER, ...inflating })
  await until(() => games.includes(2))
  onDisk.resolve('batch')
  assert.equal((await other).statusCode, 202)
  assert.ok((await Promise.all(flood)).includes(202))
})

test('a request whose client went away during the check of its key takes no share', async (t) => {
  const looks: (() => void)[] = []
  let ended = 0
  const api = await openTestApp({
    keys: {
      known: () => undefined,
      async find() {
        await new Promise<void>((resolve) => looks.push(resolve))
        return KEYS[0]
      },
      isInForce: () => true,
      async close() {},
    },
  })
  onEnd(t, () => api.close())
  api.app.addHook('onSend', async () => void ended++)
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = api.app.server.address() as AddressInfo
  const clients = 2_100 // more than the limit of requests in flight
  for (let begun = 0; begun < clients; begun += 100) {
    const part = `${HEAD}Content-Length: ${MIB}\r\n\r\n[`
    const sockets = await sendAll(t, port, 100, part)
    await until(() => looks.length === 100)
    for (const socket of sockets) socket.resetAndDestroy()
    await until(async () => (await connectionsOf(api)) === 0)
    for (const answer of looks.splice(0)) answer()
    await until(() => ended === begun + 100)
  }
  const taken = postEvents(api, anEvent())
  await until(() => looks.length === 1)
  looks[0]?.()
  assert.equal((await taken).statusCode, 202)
})

test('every kind of answer returns the share', async (t) => {
  const api = await listen(t)
  const answers: [string | Buffer, Record<string, string | undefined>, number][] = [
    [LARGE, {}, 202],
    ['x'.repeat(MIB), {}, 400],
    [gzipSync(' '.repeat(8 * MIB + 1)), { 'content-encoding': 'gzip' }, 413],
    [gzipSync(LARGE), { 'content-encoding': 'gzip' }, 202],
    [LARGE, { authorization: 'Bearer nobody' }, 401],
    [LARGE, { 'content-encoding': 'rot13' }, 415],
    ['x'.repeat(MIB + 1), {}, 413],
  ]
  for (let round = 0; round < 35; round++) {
    for (const [body, headers, status] of answers) {
      assert.equal((await postEvents(api, body, headers)).statusCode, status)
    }
  }
})

test('a body in chunks of one byte takes only its bytes', async (t) => {
  const api = await listen(t)
  const connected = once(api.app.server, 'connection')
  const [client = assert.fail()] = await sendAll(t, api.port, 1, `${HEAD}Transfer-Encoding: chunked\r\n\r\n`)
  const [connection] = (await connected) as [Socket]
  const before = heldAfterCollection()
  client.write('1\r\n \r\n'.repeat(CHUNKS))
  await until(() => connection.bytesRead === client.bytesWritten)
  const grown = heldAfterCollection() - before
  assert.ok(grown < 20 * CHUNKS, `${Math.round(grown / CHUNKS)} bytes a chunk`)
  const event = JSON.stringify(anEvent())
  client.write(`${event.length.toString(16)}\r\n${event}\r\n0\r\n\r\n`)
  assert.match(String(await once(client, 'data')), /^HTTP\/1\.1 202/)
})

function heldAfterCollection(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
