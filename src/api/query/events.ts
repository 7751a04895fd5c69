// GET /v1/games/{game}/events: stored events, a page at a time.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { PAGE_EVENTS_DEFAULT } from '../../contract/limits.ts'
import { EventsPageSchema, EventsQuerySchema, GameParamsSchema } from '../../contract/reading.ts'
import type { EventFilter, EventsPage } from '../../storage/events/read-events.ts'
import { keyOf } from '../admission/authenticate.ts'
import { gameProblems, KEY_IN_HEADER } from '../server/openapi.ts'
import { sendJsonText } from '../server/send-json-text.ts'
import { exportFilter } from './export.ts'

interface Page {
  limit: number
  cursor: string | undefined
}

export interface ReadingParts {
  readEvents: (gameId: number, filter: EventFilter, page: Page) => Promise<EventsPage>
}

export async function readingRoutes(fastify: FastifyInstance, parts: ReadingParts): Promise<void> {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>()
  const described = {
    tags: ['reading'],
    security: KEY_IN_HEADER,
    params: GameParamsSchema,
  }

  app.get(
    '/events',
    {
      schema: {
        ...described,
        operationId: 'listEvents',
        summary: 'List stored events, newest first',
        querystring: EventsQuerySchema,
        response: { 200: EventsPageSchema, ...gameProblems() },
      },
    },
    async (request, reply) => {
      const { limit, cursor } = request.query
      const { events, next_cursor } = await parts.readEvents(
        keyOf(request).game_id,
        exportFilter(request.query),
        { limit: limit ?? PAGE_EVENTS_DEFAULT, cursor },
      )
      const body = `{"events":[${events.join(',')}],"next_cursor":${JSON.stringify(next_cursor)}}`
      return sendJsonText(reply, body)
    },
  )
}
