// Who is asking: finds the key of a request, before its body is read.
import type { FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import { RequestProblem } from '../contract/answer.ts'
import type { KeyKind } from '../contract/key.ts'
import type { Key } from '../storage/games.ts'
import type { KeyRing } from './key-ring.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the hook of {@link requireKey}; null on routes that ask for no key. */
    key: Key | null
  }
}

/** @param kind `any`: what the route gives, the holder of any key may know */
export function requireKey(keys: KeyRing, kind: KeyKind | 'any'): onRequestAsyncHookHandler {
  return async (request) => {
    const sent = sentKey(request)
    if (sent === undefined) {
      const which = kind === 'any' ? 'key' : `${kind} key`
      throw new RequestProblem('unauthorized', `Send the game's ${which}: Authorization: Bearer <key>.`)
    }
    const key = await keys.find(sent)
    if (!key) throw new RequestProblem('unauthorized', 'This key is not known, or was revoked.')
    if (kind !== 'any' && key.kind !== kind) {
      throw new RequestProblem(
        'forbidden',
        `This key is of kind ${key.kind}; here one of kind ${kind} is needed.`,
      )
    }
    const { game } = request.params as { game?: string }
    if (game !== undefined && game !== key.game) {
      throw new RequestProblem('forbidden', 'This key belongs to another game.')
    }
    request.key = key
  }
}

/** The key of a request that has passed {@link requireKey}. */
export function keyOf(request: FastifyRequest): Key {
  if (!request.key) throw new Error('This route forgot to ask for a key.')
  return request.key
}

function sentKey(request: FastifyRequest): string | undefined {
  const bearer = /^Bearer +([^ ]+) *$/i.exec(request.headers.authorization ?? '')?.[1]
  if (bearer) return bearer
  const header = request.headers['x-api-key']
  if (typeof header === 'string') return header
  // A beacon can set no headers.
  const { key } = request.query as { key?: unknown }
  return typeof key === 'string' ? key : undefined
}
