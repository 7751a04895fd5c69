// A TCP proxy that cuts connections as a bad network does: in the middle of a request, before its answer, or all at once.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Describes where one connection is cut. */
export interface Cut {
  /** The cut happens after the client has sent this text. Undefined means at its next chunk. */
  after: string | undefined
  /** `half`: only half of a chunk arrives. `answer`: everything arrives, but the answer is lost. */
  lose: 'half' | 'answer'
}

export interface TcpProxy {
  port: number
  /** Resolves with true when a connection was cut, or with false if none matched in time. */
  cutOne(cut: Cut, timeoutMs: number): Promise<boolean>
  cutAll(): void
  /** While `refusing` is true, every new connection is closed immediately. */
  refuse(refusing: boolean): void
  close(): Promise<void>
}

interface Pair {
  client: Socket
  server: Socket
  /** The text of the cut was seen on this connection, so its next chunk or its answer is cut. */
  marked: boolean
}

/** @param targetPort called for each connection, because a restarted server may have another port */
export async function startTcpProxy(targetPort: () => Promise<number | undefined>): Promise<TcpProxy> {
  const pairs = new Set<Pair>()
  const { cutOne, passesChunk, passesAnswer } = cutOnce(pairs)
  let refusing = false

  const listener = createServer(async (client) => {
    client.on('error', () => client.destroy())
    const port = refusing ? undefined : await targetPort().catch(() => undefined)
    if (port === undefined || refusing || client.destroyed) return reset(client)
    const pair: Pair = { client, server: connect(port, '127.0.0.1'), marked: false }
    pairs.add(pair)
    join(pair, () => pairs.delete(pair))
    pair.client.on('data', (chunk: Buffer) => {
      if (passesChunk(pair, chunk)) pass(chunk, pair.client, pair.server)
    })
    pair.server.on('data', (chunk: Buffer) => {
      if (passesAnswer(pair)) pass(chunk, pair.server, pair.client)
    })
  })
  await once(listener.listen(0, '127.0.0.1'), 'listening')
  return {
    port: (listener.address() as AddressInfo).port,
    cutOne,
    cutAll() {
      for (const pair of pairs) cut(pair)
    },
    refuse(value) {
      refusing = value
    },
    async close() {
      for (const pair of pairs) cut(pair)
      listener.close()
      await once(listener, 'close')
    },
  }
}

interface OneCut extends Pick<TcpProxy, 'cutOne'> {
  /** @returns false if the connection is cut at this chunk of the client */
  passesChunk(pair: Pair, chunk: Buffer): boolean
  /** @returns false if the connection is cut before this answer */
  passesAnswer(pair: Pair): boolean
}

/** Cuts one of `pairs` each time that `cutOne` is called. */
function cutOnce(pairs: Set<Pair>): OneCut {
  let waiting: { cut: Cut; done: (wasCut: boolean) => void } | undefined

  function settle(wasCut: boolean): void {
    waiting?.done(wasCut)
    waiting = undefined
    for (const pair of pairs) pair.marked = false
  }

  return {
    cutOne(cut, timeoutMs) {
      const { promise, resolve } = Promise.withResolvers<boolean>()
      const timer = setTimeout(() => settle(false), timeoutMs)
      waiting = { cut, done: resolve }
      return promise.finally(() => clearTimeout(timer))
    },
    passesChunk(pair, chunk) {
      if (!waiting) return true
      const { after, lose } = waiting.cut
      const isSeen = after === undefined || chunk.includes(after)
      if (lose === 'answer') {
        pair.marked ||= isSeen
        return true
      }
      if (after !== undefined && !pair.marked) {
        pair.marked = isSeen
        return true
      }
      pair.server.write(chunk.subarray(0, chunk.length / 2), () => cut(pair))
      settle(true)
      return false
    },
    passesAnswer(pair) {
      if (waiting?.cut.lose !== 'answer' || !pair.marked) return true
      cut(pair)
      settle(true)
      return false
    },
  }
}

/** Ends each side when the other one ends. */
function join({ client, server }: Pair, onEnd: () => void): void {
  for (const [one, other] of [
    [client, server],
    [server, client],
  ] as const) {
    one.on('error', () => other.destroy())
    one.on('end', () => other.end())
    one.on('close', () => {
      other.destroy()
      onEnd()
    })
  }
}

function pass(chunk: Buffer, from: Socket, to: Socket): void {
  if (to.write(chunk)) return
  from.pause()
  to.once('drain', () => from.resume())
}

function cut({ client, server }: Pair): void {
  reset(client)
  reset(server)
}

/**
 * Closes with a reset, so that the other side notices it immediately. A socket that is already ending is not reset, because
 * libuv refuses that, and Node.js then never closes its handle.
 */
function reset(socket: Socket): void {
  if (socket.connecting || socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}
