// The load generator's own HTTP: an answer is read whole however it arrives, and its failure is told.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { type Connection, openConnection, requestBytes } from './connection.ts'

async function connectionTo(
  t: TestContext,
  answer: (socket: Socket, request: string) => unknown,
): Promise<Connection> {
  const server = createServer((socket) => {
    socket.on('data', (chunk) => void answer(socket, chunk.toString()))
    socket.on('error', () => {}) // cut by the test
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const connection = await openConnection(
    new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
  )
  t.after(() => {
    connection.close()
    server.close()
  })
  return connection
}

const REQUEST = requestBytes(new URL('http://127.0.0.1:1/v1/events'), { 'x-key': 'k' }, Buffer.from('{}'))

test('a request stands as HTTP has it', () => {
  const lines = ['POST /v1/events HTTP/1.1', 'host: 127.0.0.1:1', 'x-key: k', 'content-length: 2', '', '{}']
  assert.equal(REQUEST.toString(), lines.join('\r\n'))
})

test('answers are read one after the other, in pieces or whole', async (t) => {
  const answers = [
    ['HTTP/1.1 202 Acc', 'epted\r\nplaytrace-batch-id: b-1\r\ncontent-le', 'ngth: 4\r\n\r\nab', 'cd'],
    ['HTTP/1.1 503 Unavailable\r\ncontent-length: 0\r\n\r\n'],
  ]
  const connection = await connectionTo(t, async (socket) => {
    for (const piece of answers.shift() ?? []) await new Promise((resolve) => socket.write(piece, resolve))
  })
  assert.deepEqual(await connection.send(REQUEST), { status: 202, batch_id: 'b-1' })
  assert.deepEqual(await connection.send(REQUEST), { status: 503, batch_id: '' })
})

test('a connection that ends, and an answer without a length, fail the request', async (t) => {
  const cut = await connectionTo(t, (socket) => socket.destroy())
  await assert.rejects(cut.send(REQUEST))
  const endless = await connectionTo(t, (socket) => void socket.write('HTTP/1.1 202 Accepted\r\n\r\n'))
  await assert.rejects(endless.send(REQUEST), /without a length/)
})
