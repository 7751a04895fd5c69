// Reading a game's events under /v1/games/{game}/, with its admin key.

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
import { keyOf, requireKey } from '../admission/authenticate.ts'
import type { KeyRing } from '../admission/key-ring.ts'
import type { RateLimitHooks } from '../admission/rate-limits.ts'
import { PROBLEM_RESPONSES } from '../server/errors.ts'
import { queryTime } from './query-time.ts'

interface Page {
  limit: number
  cursor: string | undefined
}

export interface ReadingRouteParts extends RateLimitHooks {
  keys: KeyRing
  readEvents: (gameId: number, filter: EventFilter, page: Page) => Promise<EventsPage>
}

export async function readingRoutes(fastify: FastifyInstance, parts: ReadingRouteParts): Promise<void> {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>()
  app.addHook('onRequest', parts.limitAddress)
  app.addHook('onRequest', requireKey(parts.keys, 'admin'))
  app.addHook('onRequest', parts.limitKey)
  const described = {
    tags: ['reading'],
    security: [{ key: [] }, { header: [] }],
    params: GameParamsSchema,
  }

  app.get(
    '/v1/games/:game/events',
    {
      schema: {
        ...described,
        summary: 'Stored events, newest first',
        querystring: EventsQuerySchema,
        response: { 200: EventsPageSchema, ...PROBLEM_RESPONSES },
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
      return reply.type('application/json').send(body as never) // text, which Fastify sends as it is
    },
  )
}

function timeRange({ from, to }: RangeQuery): TimeRange {
  return { from: queryTime('from', from), to: queryTime('to', to) }
}
