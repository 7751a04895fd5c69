// Finds the key of a request before its body is read, and refuses a key that may not use the route.
import type { FastifyRequest, onRequestHookHandler } from 'fastify'
import { RequestProblem } from '../../contract/answer.ts'
import type { KeyKind } from '../../contract/key.ts'
import type { Key } from '../../storage/games/games.ts'
import type { KeyRing } from './key-ring.ts'
import { isFromOwnPage, type Sessions, sessionToken } from './sessions.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the hook of {@link requireKey}; null on routes without that hook. */
    key: Key | null
  }
}

/**
 * @param kind `any` admits every key that is in force
 * @param sessions admits also the cookie of a session; a route without them never reads a cookie
 */
export function requireKey(keys: KeyRing, kind: KeyKind | 'any', sessions?: Sessions): onRequestHookHandler {
  return (request, _reply, done) => {
    const sent = sentKey(request) ?? (kind === 'write' ? keyInQuery(request) : undefined)
    const token = sent === undefined && sessions ? sessionToken(request) : undefined
    if (sent === undefined && token === undefined) {
      const detail = `Send the game's ${kind === 'any' ? 'key' : `${kind} key`}: Authorization: Bearer <key>.`
      return done(new RequestProblem('unauthorized', detail))
    }
    const admit = (key: Key | undefined) => {
      const refusal = token !== undefined && !key ? sessionEnded() : refusalOf(key, kind, request)
      if (key && !refusal) request.key = key
      done(refusal)
    }
    if (sessions && token !== undefined) {
      if (!READING.includes(request.method) && !isFromOwnPage(request))
        return done(
          new RequestProblem(
            'forbidden',
            'A request that changes data with a session cookie must come from a page of this server. Send an admin key instead.',
          ),
        )
      return void sessions.find(token).then(admit, done)
    }
    // Nearly every key is known, and then the request does not wait.
    const known = keys.known(sent ?? '')
    if (known) admit(known)
    else keys.find(sent ?? '').then(admit, done)
  }
}

const READING = ['GET', 'HEAD']

const sessionEnded = () => new RequestProblem('unauthorized', 'The session has ended. Sign in again.')

function refusalOf(key: Key | undefined, kind: KeyKind | 'any', request: FastifyRequest): RequestProblem | undefined {
  if (!key) return new RequestProblem('unauthorized', 'This key is unknown or revoked.')
  if (kind !== 'any' && key.kind !== kind) {
    const detail = `This route needs ${withArticle(kind)} key; the request has ${withArticle(key.kind)} key.`
    return new RequestProblem('forbidden', detail)
  }
  const { game } = request.params as { game?: string }
  if (game === undefined || game === key.game) return undefined
  return new RequestProblem('forbidden', 'This key belongs to another game.')
}

const withArticle = (kind: KeyKind) => (kind === 'admin' ? `an ${kind}` : `a ${kind}`)

/** Returns the key of a request that has passed {@link requireKey}. */
export function keyOf(request: FastifyRequest): Key {
  if (!request.key) throw new Error('The route has no requireKey hook.')
  return request.key
}

/** Returns the key in the headers of a request. It may be unknown. */
function sentKey(request: FastifyRequest): string | undefined {
  const bearer = /^Bearer +([^ ]+) *$/i.exec(request.headers.authorization ?? '')?.[1]
  if (bearer) return bearer
  const header = request.headers['x-api-key']
  return typeof header === 'string' ? header : undefined
}

/** Beacons cannot set headers. Only write keys are read from a URL, because proxies and browsers log URLs. */
function keyInQuery(request: FastifyRequest): string | undefined {
  const { key } = request.query as { key?: unknown }
  return typeof key === 'string' ? key : undefined
}
