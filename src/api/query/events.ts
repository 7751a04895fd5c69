// GET /v1/games/{game}/events: stored events, a page at a time.
import { PAGE_EVENTS_DEFAULT } from '../../contract/limits.ts'
import { EventsPageSchema, EventsQuerySchema } from '../../contract/reading.ts'
import type { EventFilter, EventsPage } from '../../storage/events/read-events.ts'
import { keyOf } from '../admission/authenticate.ts'
import { gameSchema, type TypedApp } from '../server/game-schema.ts'
import { sendJsonText } from '../server/send-json-text.ts'
import { exportFilter } from './export.ts'

export interface ReadingParts {
  readEvents: (
    gameId: number,
    filter: EventFilter,
    page: { limit: number; cursor: string | undefined },
  ) => Promise<EventsPage>
}

export function readingRoutes(app: TypedApp, parts: ReadingParts): void {
  app.get('/events', {
    schema: gameSchema(EventsPageSchema, {
      tags: ['reading'],
      operationId: 'listEvents',
      summary: 'List stored events, newest first',
      querystring: EventsQuerySchema,
    }),
    async handler(request, reply) {
      const { limit = PAGE_EVENTS_DEFAULT, cursor } = request.query
      const filter = exportFilter(request.query)
      const page = { limit, cursor }
      const { events, next_cursor } = await parts.readEvents(keyOf(request).game_id, filter, page)
      const body = `{"events":[${events.join(',')}],"next_cursor":${JSON.stringify(next_cursor)}}`
      return sendJsonText(reply, body)
    },
  })
}
