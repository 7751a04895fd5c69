// GET /v1/key: the game and kind of the key that was sent. The dashboard uses it to find its game.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { KeyAnswerSchema } from '../../contract/reading.ts'
import type { Admission } from '../admission/admission.ts'
import { keyOf, requireKey } from '../admission/authenticate.ts'
import { KEY_IN_HEADER, problems } from '../server/openapi.ts'

export async function keyRoute(fastify: FastifyInstance, parts: Admission): Promise<void> {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>()
  app.addHook('onRequest', parts.limitAddress)
  app.addHook('onRequest', requireKey(parts.keys, 'any'))
  app.addHook('onRequest', parts.limitKey)

  app.get(
    '/v1/key',
    {
      schema: {
        tags: ['reading'],
        security: KEY_IN_HEADER,
        operationId: 'getKey',
        summary: 'Get the game and the kind of the key',
        response: { 200: KeyAnswerSchema, ...problems('unauthorized') },
      },
    },
    (request) => {
      const { game, kind } = keyOf(request)
      return { game, kind }
    },
  )
}
