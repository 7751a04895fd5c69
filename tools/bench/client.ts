// One keep-alive HTTP connection for the load generator. Its own code, because the load generator shares the processor with
// what it measures: a request of one event costs it 23 µs, and 60 µs with node:http or 200 µs with fetch.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface Connection {
  /** Sends one request and resolves with the status of its answer. A connection carries one request at a time. */
  send(request: Buffer): Promise<number>
  close(): void
}

const HEAD_END = '\r\n\r\n'
const STATUS_START = 'HTTP/1.1 '.length

export async function openConnection(url: URL): Promise<Connection> {
  const socket = connect(Number(url.port), url.hostname)
  await once(socket, 'connect')
  socket.setNoDelay(true)
  let waiting: PromiseWithResolvers<number> | undefined
  readAnswers(
    socket,
    (status) => {
      waiting?.resolve(status)
      waiting = undefined
    },
    (error) => waiting?.reject(error),
  )
  return {
    send(request) {
      if (socket.destroyed) return Promise.reject(new Error('The server has closed the connection.'))
      waiting = Promise.withResolvers()
      socket.write(request)
      return waiting.promise
    },
    close: () => socket.destroy(),
  }
}

/** A whole POST request with its Content-Length. */
export function requestBytes(url: URL, headers: Record<string, string>, body: string): Buffer {
  const lines = Object.entries({ host: url.host, ...headers, 'content-length': Buffer.byteLength(body) })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.from(`POST ${url.pathname} HTTP/1.1\r\n${head}\r\n${body}`)
}

function readAnswers(socket: Socket, onAnswer: (status: number) => void, onError: (error: Error) => void): void {
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
    const headEnd = text.indexOf(HEAD_END)
    if (headEnd < 0) return
    const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, headEnd))?.[1]
    if (length === undefined) return onError(new Error(`The answer has no Content-Length: ${text.slice(0, headEnd)}`))
    if (text.length < headEnd + HEAD_END.length + Number(length)) return
    const status = Number(text.slice(STATUS_START, STATUS_START + 3))
    text = ''
    onAnswer(status)
  })
  socket.on('error', onError)
  socket.on('close', () => onError(new Error('The server closed the connection.')))
}
