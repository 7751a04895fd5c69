// GET /v1/games/{game}/events/{event_id}: where is this event?
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { EventParamsSchema, ExplainQuerySchema, ExplanationSchema } from '../../contract/reading.ts'
import { keyOf, requireKey } from '../admission/authenticate.ts'
import type { KeyRing } from '../admission/key-ring.ts'
import type { RateLimitHooks } from '../admission/rate-limits.ts'
import { KEY_IN_HEADER, problems } from '../server/openapi.ts'
import { type ExplainParts, explainEvent } from './explain-event.ts'
import { queryTime } from './query-time.ts'

export type ExplainRouteParts = ExplainParts & RateLimitHooks & { keys: KeyRing }

export async function explainRoute(fastify: FastifyInstance, parts: ExplainRouteParts): Promise<void> {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>()
  app.addHook('onRequest', parts.limitAddress)
  app.addHook('onRequest', requireKey(parts.keys, 'admin'))
  app.addHook('onRequest', parts.limitKey)

  app.get(
    '/v1/games/:game/events/:event_id',
    {
      schema: {
        tags: ['reading'],
        security: KEY_IN_HEADER,
        operationId: 'explainEvent',
        summary: 'Find one event',
        description: 'Answers whether the event is stored, in the queue, or rejected.',
        params: EventParamsSchema,
        querystring: ExplainQuerySchema,
        response: { 200: ExplanationSchema, ...problems('invalid_query') },
      },
    },
    async (request, reply) => {
      const body = await explainEvent(parts, {
        gameId: keyOf(request).game_id,
        eventId: request.params.event_id,
        occurredAt: queryTime('occurred_at', request.query.occurred_at),
      })
      return reply.type('application/json').send(body as never) // text, which Fastify sends as it is
    },
  )
}
