// The sessions of the dashboard: a cookie instead of the admin key, so that the page keeps no key.
import type { FastifyRequest } from 'fastify'
import { hashKey } from '../../contract/key.ts'
import type { Key } from '../../storage/games/games.ts'

export interface SessionStore {
  addSession: (tokenHash: Buffer, keyHash: Buffer) => Promise<void>
  readSession: (tokenHash: Buffer) => Promise<Key | undefined>
  deleteSession: (tokenHash: Buffer) => Promise<void>
}

/** A session that has ended, or whose key was revoked, works at most this long. */
const KNOWN_MS = 5_000
const KNOWN_MAX = 1_000

export interface Sessions {
  find(token: string): Promise<Key | undefined>
  /** Forgets a session that has ended. */
  forget(token: string): void
}

/** Remembers each session for a short time, because a screen sends several requests. */
export function openSessions(store: Pick<SessionStore, 'readSession'>, now: () => number = Date.now): Sessions {
  const known = new Map<string, { key: Promise<Key | undefined>; atMs: number }>()
  return {
    find(token) {
      const before = known.get(token)
      if (before && now() - before.atMs < KNOWN_MS) return before.key
      if (known.size >= KNOWN_MAX) known.clear()
      const key = store.readSession(hashKey(token))
      known.set(token, { key, atMs: now() })
      key.catch(() => known.delete(token))
      return key
    },
    forget: (token) => void known.delete(token),
  }
}

const NAME = 'playtrace_session'

/** Returns the token in the cookie of a request. It may be unknown. */
export function sessionToken({ headers }: FastifyRequest): string | undefined {
  return new RegExp(`(?:^|;\\s*)${NAME}=([\\w-]{43})(?:;|$)`).exec(headers.cookie ?? '')?.[1]
}

/**
 * The cookie is not readable by scripts, and a browser sends it only in requests of the dashboard's own pages.
 * @param token '' removes the cookie
 */
export function sessionCookie(token: string, seconds: number, isSecure: boolean): string {
  const attributes = `Path=/v1; Max-Age=${seconds}; HttpOnly; SameSite=Strict`
  return `${NAME}=${token}; ${attributes}${isSecure ? '; Secure' : ''}`
}

/** Whether a page of this server sent the request. Old browsers do not restrict cookies, so a change needs this proof too. */
export function isFromOwnPage({ headers, host }: FastifyRequest): boolean {
  if (headers['sec-fetch-site'] !== undefined) return headers['sec-fetch-site'] === 'same-origin'
  const { origin } = headers
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host
}
