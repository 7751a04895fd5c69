// GET /v1/key: the game and kind of the key that was sent. The dashboard uses it to find its game.
import type { FastifyInstance } from 'fastify'
import { KeyAnswerSchema } from '../../contract/reading.ts'
import type { Admission } from '../admission/admission.ts'
import { keyOf, requireKey } from '../admission/authenticate.ts'
import { KEY_IN_HEADER, problems } from '../server/openapi.ts'

export function keyRoute(app: FastifyInstance, { keys, limitAddress, limitKey }: Admission): void {
  app.get('/v1/key', {
    onRequest: [limitAddress, requireKey(keys, 'any'), limitKey],
    schema: {
      tags: ['reading'],
      security: KEY_IN_HEADER,
      operationId: 'getKey',
      summary: 'Get the game and the kind of the key',
      response: { 200: KeyAnswerSchema, ...problems('unauthorized') },
    },
    handler(request, reply) {
      const { game, kind } = keyOf(request)
      reply.send({ game, kind })
    },
  })
}
