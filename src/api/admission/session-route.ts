// /v1/session: begins, shows and ends a session of the dashboard.
import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { hashKey, MAY_READ } from '../../contract/key.ts'
import { SESSION_DAYS } from '../../contract/limits.ts'
import type { Key } from '../../storage/games/games.ts'
import type { Admission } from './admission.ts'
import { keyOf, requireKey } from './authenticate.ts'
import { isFromOwnPage, type SessionStore, sessionCookie, sessionToken } from './sessions.ts'

const PATH = '/v1/session'
const TOKEN_BYTES = 32
const SECONDS = SESSION_DAYS * 24 * 60 * 60

export function sessionRoutes(app: FastifyInstance, parts: SessionStore & Admission): void {
  const { addSession, deleteSession, keys, limitAddress, limitKey, sessions } = parts
  const hidden = { schema: { hide: true } }

  app.post(PATH, {
    ...hidden,
    onRequest: [limitAddress, requireKey(keys, MAY_READ), limitKey],
    async handler(request, reply) {
      const key = keyOf(request)
      const token = randomBytes(TOKEN_BYTES).toString('base64url')
      await addSession(hashKey(token), key.key_hash)
      const isSecure = request.protocol === 'https'
      return reply.header('set-cookie', sessionCookie(token, SECONDS, isSecure)).send(gamesOf(key))
    },
  })

  app.get(PATH, {
    ...hidden,
    onRequest: limitAddress,
    async handler(request, reply) {
      const token = sessionToken(request)
      const key = token === undefined ? undefined : await sessions.find(token)
      return reply.header('cache-control', 'no-store').send(key ? gamesOf(key) : { games: [] })
    },
  })

  app.delete(PATH, {
    ...hidden,
    onRequest: limitAddress,
    async handler(request, reply) {
      const token = sessionToken(request)
      if (token !== undefined && isFromOwnPage(request)) {
        await deleteSession(hashKey(token))
        sessions.forget(token)
        reply.header('set-cookie', sessionCookie('', 0, request.protocol === 'https'))
      }
      return reply.code(204).send()
    },
  })
}

/** The games that the dashboard can show. */
const gamesOf = ({ game, games }: Key) => ({ games: games?.map((one) => one.game) ?? [game] })
