// A TCP proxy that cuts: in the middle of what is being sent, just after it, or everything at once. What a bad network does.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Where a connection is cut, once: on the next chunk that the client sends after one that contains `text`. */
export interface Cut {
  /** Undefined: the next chunk of all. */
  after: string | undefined
  /** `half`: half of the chunk still arrives; `answer`: all of it arrives, and the answer is lost. */
  lose: 'half' | 'answer'
}

export interface TcpProxy {
  port: number
  /** Resolves when a connection was cut that way, or with false when none came along in time. */
  cutOne(cut: Cut, timeoutMs: number): Promise<boolean>
  cutAll(): void
  /** While it refuses, connections are closed as soon as they are made. */
  refuse(refusing: boolean): void
  close(): Promise<void>
}

interface Pair {
  client: Socket
  server: Socket
  /** What was asked for was seen here: the next chunk, or the answer, is the one. */
  marked: boolean
}

/** @param targetPort asked for each connection: a server that is started again may have another */
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

/** Both ends end together, however one ends. */
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

/** With a reset, as from a machine that is gone; the other end learns of it at once. */
function reset(socket: Socket): void {
  if (socket.connecting) socket.destroy()
  else socket.resetAndDestroy()
}
