// Finds the key of a request before its body is read, and refuses a key that may not use the route.
import type { FastifyRequest, onRequestHookHandler } from 'fastify'
import { RequestProblem } from '../../contract/answer.ts'
import { type KeyKind, MAY_SEND } from '../../contract/key.ts'
import type { Key } from '../../storage/games/games.ts'
import type { KeyRing } from './key-ring.ts'
import { isFromOwnPage, type Sessions, sessionToken } from './sessions.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the hook of {@link requireKey}; null on routes without that hook. */
    key: Key | null
  }
  interface FastifyContextConfig {
    /** The kinds of keys that may use the route, if they are not those of its scope. */
    kinds?: readonly KeyKind[]
  }
}

/**
 * @param kindsOfScope the kinds of keys that may use the routes with this hook, unless a route names its own
 * @param sessions admits also the cookie of a session; a route without them never reads a cookie
 */
export function requireKey(keys: KeyRing, kindsOfScope: readonly KeyKind[], sessions?: Sessions): onRequestHookHandler {
  return (request, _reply, done) => {
    const kinds = request.routeOptions.config.kinds ?? kindsOfScope
    const inHeader = keyInHeader(request)
    const sent = inHeader ?? (kinds === MAY_SEND ? keyInQuery(request) : undefined)
    const token = sent === undefined && sessions ? sessionToken(request) : undefined
    if (sent === undefined && token === undefined)
      return done(new RequestProblem('unauthorized', `Send ${listOf(kinds)} key: Authorization: Bearer <key>.`))
    const admit = (key: Key | undefined) => {
      if (!key) return done(token === undefined ? unknownKey() : sessionEnded())
      const isInUrl = sent !== undefined && inHeader === undefined
      const ofGame = inGame(key, request)
      const refusal = refusalOfKind(key, kinds, isInUrl) ?? (ofGame ? undefined : refusalOfGame(key, request))
      if (ofGame && !refusal) request.key = ofGame
      done(refusal)
    }
    if (sessions && token !== undefined) {
      if (!READING.includes(request.method) && !isFromOwnPage(request))
        return done(
          new RequestProblem(
            'forbidden',
            'A request that changes data with a session cookie must come from a page of this server. Send a key instead.',
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

const unknownKey = () => new RequestProblem('unauthorized', 'This key is unknown or revoked.')

/** Proxies and browsers log URLs, so a URL may have a write key only. */
function refusalOfKind({ kind }: Key, kinds: readonly KeyKind[], isInUrl: boolean): RequestProblem | undefined {
  if (!kinds.includes(kind)) {
    const detail = `This route needs ${listOf(kinds)} key; the request has ${withArticle(kind)} key.`
    return new RequestProblem('forbidden', detail)
  }
  if (!isInUrl || kind === 'write') return undefined
  const detail = `A URL may contain a write key only; the request has ${withArticle(kind)} key. Send it as Authorization: Bearer <key>.`
  return new RequestProblem('forbidden', detail)
}

/** Returns the key with the game of the path; undefined if the key is not for that game. */
function inGame(key: Key, request: FastifyRequest): Key | undefined {
  const { game } = request.params as { game?: string }
  if (game === undefined || game === key.game) return key
  const other = key.games?.find((one) => one.game === game)
  return other && { ...key, ...other }
}

function refusalOfGame({ games }: Key, request: FastifyRequest): RequestProblem {
  const { game } = request.params as { game: string }
  return new RequestProblem('forbidden', games ? `There is no game ${game}.` : 'This key belongs to another game.')
}

/** Such as `a write or server`. */
function listOf(kinds: readonly KeyKind[]): string {
  const [first, ...others] = kinds as [KeyKind, ...KeyKind[]]
  const last = others.pop()
  return [withArticle(first), ...others].join(', ') + (last ? ` or ${last}` : '')
}

const withArticle = (kind: KeyKind) => (/^[ai]/.test(kind) ? `an ${kind}` : `a ${kind}`)

/** Returns the key of a request that has passed {@link requireKey}. */
export function keyOf(request: FastifyRequest): Key {
  if (!request.key) throw new Error('The route has no requireKey hook.')
  return request.key
}

/** Returns the key in the headers of a request. It may be unknown. */
function keyInHeader(request: FastifyRequest): string | undefined {
  const bearer = /^Bearer +([^ ]+) *$/i.exec(request.headers.authorization ?? '')?.[1]
  if (bearer) return bearer
  const header = request.headers['x-api-key']
  return typeof header === 'string' ? header : undefined
}

/** For beacons, which cannot set headers. */
function keyInQuery(request: FastifyRequest): string | undefined {
  const { key } = request.query as { key?: unknown }
  return typeof key === 'string' ? key : undefined
}
