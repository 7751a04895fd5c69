// Who is asking: finds the key of a request, before its body is read.
import type { FastifyRequest, onRequestHookHandler } from 'fastify'
import { RequestProblem } from '../../contract/answer.ts'
import type { KeyKind } from '../../contract/key.ts'
import type { Key } from '../../storage/games/games.ts'
import type { KeyRing } from './key-ring.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the hook of {@link requireKey}; null on routes that ask for no key. */
    key: Key | null
  }
}

/** @param kind `any`: what the route gives, the holder of any key may know */
export function requireKey(keys: KeyRing, kind: KeyKind | 'any'): onRequestHookHandler {
  return (request, _reply, done) => {
    const sent = sentKey(request) ?? (kind === 'write' ? keyInQuery(request) : undefined)
    if (sent === undefined) {
      const which = kind === 'any' ? 'key' : `${kind} key`
      return done(
        new RequestProblem('unauthorized', `Send the game's ${which}: Authorization: Bearer <key>.`),
      )
    }
    const admit = (key: Key | undefined) => {
      const refusal = refusalOf(key, kind, request)
      if (key && !refusal) request.key = key
      done(refusal)
    }
    // A key that is known, as all but a few are, makes no request wait for its turn.
    const known = keys.known(sent)
    if (known) admit(known)
    else keys.find(sent).then(admit, done)
  }
}

function refusalOf(
  key: Key | undefined,
  kind: KeyKind | 'any',
  request: FastifyRequest,
): RequestProblem | undefined {
  if (!key) return new RequestProblem('unauthorized', 'This key is not known, or was revoked.')
  if (kind !== 'any' && key.kind !== kind) {
    return new RequestProblem(
      'forbidden',
      `This key is of kind ${key.kind}; here one of kind ${kind} is needed.`,
    )
  }
  const { game } = request.params as { game?: string }
  if (game === undefined || game === key.game) return undefined
  return new RequestProblem('forbidden', 'This key belongs to another game.')
}

/** The key of a request that has passed {@link requireKey}. */
export function keyOf(request: FastifyRequest): Key {
  if (!request.key) throw new Error('This route forgot to ask for a key.')
  return request.key
}

/** The key in the request's headers, known or not. */
export function sentKey(request: FastifyRequest): string | undefined {
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
