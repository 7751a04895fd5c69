// GET /v1/games/{game}/events/{event_id}: where is this event?
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { EventParamsSchema, ExplainQuerySchema, ExplanationSchema } from '../../contract/reading.ts'
import { keyOf } from '../admission/authenticate.ts'
import { gameProblems, KEY_IN_HEADER } from '../server/openapi.ts'
import { type ExplainParts, explainEvent } from './explain-event.ts'
import { queryTime } from './query-time.ts'

export async function explainRoute(fastify: FastifyInstance, parts: ExplainParts): Promise<void> {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>()

  app.get(
    '/events/:event_id',
    {
      schema: {
        tags: ['reading'],
        security: KEY_IN_HEADER,
        operationId: 'explainEvent',
        summary: 'Find one event',
        description: 'Answers whether the event is stored, in the queue, or rejected.',
        params: EventParamsSchema,
        querystring: ExplainQuerySchema,
        response: { 200: ExplanationSchema, ...gameProblems() },
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
