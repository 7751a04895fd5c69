// Listens to the live tail over a real socket, as the dashboard does.
import type { TestContext } from 'node:test'
import { onEnd } from './on-end.ts'

interface ServerSent {
  event: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into what they sent
  data: any
  atMs: number
}

export interface Listener {
  status: number
  /** What came so far, but for `rates`. */
  came: ServerSent[]
  rates: ServerSent[]
  comments: string[]
  /** Resolves when the server ends the stream; rejects when it is cut. */
  ended: Promise<void>
  leave(): void
}

export async function listen(t: TestContext, url: string, key: string): Promise<Listener> {
  const leaving = new AbortController()
  onEnd(t, () => leaving.abort())
  const answer = await fetch(url, { headers: { authorization: `Bearer ${key}` }, signal: leaving.signal })
  const listener: Listener = {
    status: answer.status,
    came: [],
    rates: [],
    comments: [],
    ended: Promise.resolve(),
    leave: () => leaving.abort(),
  }
  listener.ended = read(answer, listener)
  listener.ended.catch(() => {}) // whoever waits for it hears of it
  return listener
}

async function read(answer: Response, { came, rates, comments }: Listener): Promise<void> {
  let text = ''
  for await (const chunk of (answer.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
    const blocks = (text + chunk).split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? []
      if (!event || !data) comments.push(block)
      else (event === 'rates' ? rates : came).push({ event, data: JSON.parse(data), atMs: performance.now() })
    }
  }
  if (text) throw new Error(`The stream ended in the middle: ${text}`)
}
