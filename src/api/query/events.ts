// GET /v1/games/{game}/events: stored events, a page at a time.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { PAGE_EVENTS_DEFAULT } from '../../contract/limits.ts'
import {
  EventsPageSchema,
  EventsQuerySchema,
  GameParamsSchema,
  type RangeQuery,
} from '../../contract/reading.ts'
import type { EventFilter, EventsPage, TimeRange } from '../../storage/events/read-events.ts'
import { keyOf } from '../admission/authenticate.ts'
import { gameProblems, KEY_IN_HEADER } from '../server/openapi.ts'
import { sendJsonText } from '../server/send-json-text.ts'
import { queryTime } from './query-times.ts'

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
      const { name, player_id, session_id, limit, cursor } = request.query
      const { events, next_cursor } = await parts.readEvents(
        keyOf(request).game_id,
        { ...timeRange(request.query), name, player_id, session_id },
        { limit: limit ?? PAGE_EVENTS_DEFAULT, cursor },
      )
      const body = `{"events":[${events.join(',')}],"next_cursor":${JSON.stringify(next_cursor)}}`
      return sendJsonText(reply, body)
    },
  )
}

function timeRange({ from, to }: RangeQuery): TimeRange {
  return { from: queryTime('from', from), to: queryTime('to', to) }
}
