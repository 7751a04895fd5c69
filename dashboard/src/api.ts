// Requests to the API: one function that sends a request, and hooks that hold the answers that a screen shows.
import { parse } from 'lossless-json'
import { useCallback, useEffect, useState } from 'preact/hooks'
import { type Session, useSession } from './session.ts'

/** A failed request. The message says what happened and what to do. */
class AnswerProblem extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export interface Asked {
  /** Only to sign in. All other requests have the cookie of the session. */
  key?: string
  method?: string
  body?: unknown
  signal?: AbortSignal
}

/** @throws AnswerProblem if the answer is an error or there is no answer */
export async function ask(url: string, asked: Asked = {}): Promise<Response> {
  const { method = 'GET', key, body, signal } = asked
  const response = await fetch(url, {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
    cache: 'no-store',
  }).catch((error: Error) => {
    if (error.name === 'AbortError') throw error
    throw new AnswerProblem(0, `${location.origin} does not answer. Check that the server is running (npm start).`)
  })
  if (response.ok) return response
  throw new AnswerProblem(response.status, await problemText(response))
}

async function problemText(response: Response): Promise<string> {
  const problem = await response.json().catch(() => undefined)
  const detail = problem?.detail ?? `The server answered ${response.status} ${response.statusText}.`
  const retryAfter = response.headers.get('retry-after')
  return retryAfter ? `${detail} Try again in ${retryAfter} seconds.` : detail
}

export type Query = Record<string, string | string[] | number | null | undefined>

/** A URL below the game's path, without the filters that have no value. */
export function gameUrl(game: string, path: string, query: Query = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== '') search.append(name, String(one))
    }
  }
  const text = search.toString()
  return `/v1/games/${encodeURIComponent(game)}/${path}${text && `?${text}`}`
}

/** Parses an answer that contains events: numbers keep every digit. */
export const exact = (text: string) => parse(text)

export interface Answer<T> {
  data: T | undefined
  problem: AnswerProblem | undefined
  loading: boolean
  reload(): void
}

/**
 * @param path below the game's path; null sends no request
 * @param read parses the answer; {@link exact} keeps every digit
 */
export function useAnswer<T>(
  path: string | null,
  query: Query = {},
  read: (text: string) => unknown = JSON.parse,
): Answer<T> {
  const session = useSession()
  const url = path === null ? null : gameUrl(session.game, path, query)
  const [state, setState] = useState<{ url: string | null; data?: T; problem?: AnswerProblem }>({ url: null })
  const [asked, setAsked] = useState(0)
  // `asked` is a dependency because `reload` changes it.
  useEffect(() => {
    if (url === null) return
    const controller = new AbortController()
    ask(url, { signal: controller.signal })
      .then(async (response) => setState({ url, data: read(await response.text()) as T }))
      .catch((error: Error) => {
        if (controller.signal.aborted) return
        if (isSignedOut(error)) return session.signOut(error.message)
        setState({ url, problem: asProblem(error) })
      })
    return () => controller.abort()
  }, [url, asked])
  const reload = useCallback(() => setAsked((count) => count + 1), [])
  return { data: state.data, problem: state.problem, loading: url !== null && state.url !== url, reload }
}

export const isSignedOut = (error: Error) => error instanceof AnswerProblem && error.status === 401

export const asProblem = (error: Error) =>
  error instanceof AnswerProblem
    ? error
    : new AnswerProblem(0, `The dashboard cannot read the answer: ${error.message}`)

export interface Pages<T> {
  rows: T[]
  problem: AnswerProblem | undefined
  loading: boolean
  /** Loads the next page. Undefined on the last page. */
  more: (() => void) | undefined
}

/** Loads pages by cursor. A changed query starts at the first page again. */
export function usePages<T>(path: string | null, query: Query, rowsOf: string): Pages<T> {
  const session = useSession()
  const [cursor, setCursor] = useState<{ of: string; value: string } | null>(null)
  const [kept, setKept] = useState<{ of: string; rows: T[] }>({ of: '', rows: [] })
  const of = path === null ? '' : gameUrl(session.game, path, query)
  const at = cursor?.of === of ? cursor.value : undefined
  const answer = useAnswer<Record<string, T[]> & { next_cursor: string | null }>(path, { ...query, cursor: at }, exact)
  const before = kept.of === of ? kept.rows : []
  const page = answer.loading ? [] : (answer.data?.[rowsOf] ?? [])
  const next = answer.loading ? null : answer.data?.next_cursor
  const rows = [...before, ...page]
  return {
    rows,
    problem: answer.problem,
    loading: answer.loading,
    more: next
      ? () => {
          setKept({ of, rows })
          setCursor({ of, value: next })
        }
      : undefined,
  }
}

/** Sends a request with a JSON body below the game's path. */
export async function post<T>(session: Session, path: string, body: unknown): Promise<T> {
  const response = await ask(gameUrl(session.game, path), { method: 'POST', body })
  return response.json()
}
