// Reads the live stream. It uses fetch, which sees the status of an answer, and connects again when the stream ends. Rows are
// drawn in steps, so that a busy game does not keep the browser drawing.
import { createParser } from 'eventsource-parser'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { LiveRates, LiveSkipped, StoredEvent, StoredRejection } from './answers.ts'
import { ask, asProblem, exact, gameUrl, isSignedOut, type Query } from './api.ts'
import { useSession } from './session.ts'

const ROWS_MAX = 500
const DRAW_EVERY_MS = 250
const RECONNECT_MS = [1_000, 2_000, 5_000, 10_000]

export type Arrived = { no: number; atMs: number } & (
  | { kind: 'stored'; event: StoredEvent }
  | { kind: 'rejected'; rejection: StoredRejection }
)

export interface Tail {
  /** Newest first. */
  rows: Arrived[]
  rates: LiveRates | undefined
  /** Any other text says why the stream is not connected. */
  state: 'connecting' | 'connected' | string
  /** The number of events since the screen opened, including those that are not shown. */
  arrived: number
  /** The number of events that the server left out, because too many arrived at once. */
  skipped: number
  clear(): void
}

export function useTail(query: Query, isPaused: boolean): Tail {
  const session = useSession()
  const url = gameUrl(session.game, 'live', query)
  const [rows, setRows] = useState<Arrived[]>([])
  const [rates, setRates] = useState<LiveRates>()
  const [state, setState] = useState<Tail['state']>('connecting')
  const [arrived, setArrived] = useState(0)
  const held = useRef<Arrived[]>([])
  const [skipped, setSkipped] = useState(0)
  const count = useRef(0)

  useEffect(() => {
    held.current = []
    setRows([])
    setSkipped(0)
    const controller = new AbortController()
    const take = (kind: string, data: string) => {
      if (kind === 'rates') return setRates(JSON.parse(data))
      if (kind === 'skipped') {
        const { stored, rejected } = JSON.parse(data) as LiveSkipped
        count.current += stored + rejected
        return setSkipped((before) => before + stored + rejected)
      }
      if (kind !== 'stored' && kind !== 'rejected') return
      const row = { no: ++count.current, atMs: Date.now(), ...arrivedAs(kind, data) } as Arrived
      held.current = [row, ...held.current].slice(0, ROWS_MAX)
    }
    follow(url, controller.signal, take, setState).catch((error: Error) => session.signOut(error.message))
    return () => controller.abort()
  }, [url, session])

  useEffect(() => {
    if (isPaused) return
    const timer = setInterval(() => {
      setArrived(count.current)
      if (held.current.length === 0) return
      const fresh = held.current
      held.current = []
      setRows((shown) => [...fresh, ...shown].slice(0, ROWS_MAX))
    }, DRAW_EVERY_MS)
    return () => clearInterval(timer)
  }, [isPaused])

  return { rows, rates, state, arrived, skipped, clear: () => setRows([]) }
}

const arrivedAs = (kind: string, data: string) =>
  kind === 'rejected' ? { kind, rejection: exact(data) } : { kind, event: exact(data) }

/**
 * Reads the stream until the signal aborts.
 * @throws AnswerProblem if the session has ended
 */
async function follow(
  url: string,
  signal: AbortSignal,
  take: (kind: string, data: string) => void,
  setState: (state: string) => void,
): Promise<void> {
  for (let failed = 0; !signal.aborted; failed++) {
    try {
      setState('connecting')
      const response = await ask(url, { signal })
      setState('connected')
      failed = 0
      const parser = createParser({ onEvent: ({ event = 'message', data }) => take(event, data) })
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
      for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) parser.feed(read.value)
    } catch (error) {
      if (signal.aborted) return
      if (isSignedOut(error as Error)) throw error
      setState(asProblem(error as Error).message)
    }
    await pause(RECONNECT_MS[Math.min(failed, RECONNECT_MS.length - 1)] ?? 0, signal)
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
