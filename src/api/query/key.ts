// GET /v1/key: the game and kind of the key that was sent.
import type { FastifyInstance } from 'fastify'
import { NO_QUERY } from '../../contract/fields.ts'
import { KEY_KINDS, type KeyKind } from '../../contract/key.ts'
import { KeyAnswerSchema } from '../../contract/reading.ts'
import type { Admission } from '../admission/admission.ts'
import { keyOf, requireKey } from '../admission/authenticate.ts'
import { KEY_IN_HEADER, problems } from '../server/openapi.ts'

export function keyRoute(app: FastifyInstance, { keys, limitAddress, limitKey, sessions }: Admission): void {
  app.get('/v1/key', {
    onRequest: [limitAddress, requireKey(keys, Object.keys(KEY_KINDS) as KeyKind[], sessions), limitKey],
    schema: {
      tags: ['reading'],
      security: KEY_IN_HEADER,
      operationId: 'getKey',
      summary: 'Get the game and the kind of the key',
      querystring: NO_QUERY,
      response: { 200: KeyAnswerSchema, ...problems('unauthorized', 'misdirected', 'invalid_query') },
    },
    handler(request, reply) {
      const { game, kind } = keyOf(request)
      reply.send({ game: kind === 'installation' ? null : game, kind })
    },
  })
}
