// The load generator's HTTP client reads each answer whole and reports a failed request.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { type Connection, openConnection, requestBytes } from './client.ts'

async function connectionTo(t: TestContext, answer: (socket: Socket) => unknown): Promise<Connection> {
  const server = createServer((socket) => {
    socket.on('data', () => void answer(socket))
    socket.on('error', () => {}) // The test cuts the connection.
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const connection = await openConnection(new URL(`http://127.0.0.1:${port}`))
  t.after(() => {
    connection.close()
    server.close()
  })
  return connection
}

const REQUEST = requestBytes(new URL('http://127.0.0.1:1/v1/events'), { 'x-key': 'k' }, '{"name":"é"}')

test('a request has its headers and the length of its body in bytes', () => {
  const lines = ['POST /v1/events HTTP/1.1', 'host: 127.0.0.1:1', 'x-key: k', 'content-length: 13', '', '{"name":"é"}']
  assert.equal(REQUEST.toString(), lines.join('\r\n'))
})

test('answers are read one after the other, in pieces or whole', async (t) => {
  const answers = [
    ['HTTP/1.1 202 Acc', 'epted\r\ncontent-le', 'ngth: 4\r\n\r\nab', 'cd'],
    ['HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n'],
  ]
  const connection = await connectionTo(t, async (socket) => {
    for (const piece of answers.shift() ?? []) await new Promise((resolve) => socket.write(piece, resolve))
  })
  assert.equal(await connection.send(REQUEST), 202)
  assert.equal(await connection.send(REQUEST), 503)
})

test('a request fails when the connection ends or the answer has no length', async (t) => {
  const cut = await connectionTo(t, (socket) => socket.destroy())
  await assert.rejects(cut.send(REQUEST))
  const endless = await connectionTo(t, (socket) => void socket.write('HTTP/1.1 202 Accepted\r\n\r\n'))
  await assert.rejects(endless.send(REQUEST), /no Content-Length/)
})
