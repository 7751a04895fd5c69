// GET /v1/games/{game}/events/{event_id}: whether an event is stored, still in the queue, rejected, or none of these.
import type { StoredRejection } from '../../contract/quarantine.ts'
import {
  EventParamsSchema,
  ExplainQuerySchema,
  type Explanation,
  ExplanationSchema,
  type QueuedEvent,
} from '../../contract/reading.ts'
import { timeInsideUuid } from '../../ingest/event-time.ts'
import type { FoundBatch, QueueInspector } from '../../queue/queue-inspector.ts'
import type { FoundEvents, KnownTime } from '../../storage/events/find-event.ts'
import { keyOf } from '../admission/authenticate.ts'
import { gameSchema, type TypedApp } from '../server/game-schema.ts'
import { sendJsonText } from '../server/send-json-text.ts'
import { queryTime } from './query-times.ts'

/** Batches that are searched in each state of the queue; one takes some milliseconds. */
const SEARCHED_BATCHES_MAX = 100

export interface ExplainParts {
  findBatches: QueueInspector['findBatches']
  findEvents: (gameId: number, eventId: string, time: KnownTime) => Promise<FoundEvents>
  rejectionsOfEvent: (gameId: number, eventId: string) => Promise<StoredRejection[]>
}

export function explainRoute(app: TypedApp, parts: ExplainParts): void {
  app.get('/events/:event_id', {
    schema: gameSchema(ExplanationSchema, {
      tags: ['reading'],
      operationId: 'explainEvent',
      summary: 'Find one event',
      description: 'Returns whether the event is stored, in the queue, or rejected.',
      params: EventParamsSchema,
      querystring: ExplainQuerySchema,
    }),
    async handler(request, reply) {
      // An event whose id contains no time is found by this one.
      const occurredAt = queryTime('occurred_at', request.query.occurred_at)
      const eventId = request.params.event_id.toLowerCase()
      return sendJsonText(reply, await explainEvent(parts, keyOf(request).game_id, eventId, occurredAt))
    },
  })
}

/** @returns the JSON of an {@link Explanation}: text, so that the digits of stored properties stay as they are */
async function explainEvent(
  { findBatches, findEvents, rejectionsOfEvent }: ExplainParts,
  gameId: number,
  eventId: string,
  occurredAt: string | undefined,
): Promise<string> {
  const isSought = ({ game_id, event_id }: { game_id: number; event_id: string | null }) =>
    game_id === gameId && event_id?.toLowerCase() === eventId
  // The queue comes first: an event that is stored during the search is found twice instead of missed.
  const search = await findBatches(
    ({ events, quarantined }) => events.some(isSought) || quarantined.some(isSought),
    SEARCHED_BATCHES_MAX,
  )
  const [stored, rejected] = await Promise.all([
    findEvents(gameId, eventId, { insideId: timeInsideUuid(eventId)?.text, occurredAt }),
    rejectionsOfEvent(gameId, eventId),
  ])
  const queued = search.found.map((found) =>
    queuedEvent(found, found.batch.events.some(isSought) ? 'accepted' : 'rejected'),
  )

  let state: Explanation['state'] = 'unknown'
  if (stored.events.length > 0) state = 'stored'
  else if (queued.length > 0) state = 'queued'
  else if (rejected.length > 0) state = 'rejected'
  const searched: Explanation['searched'] = {
    batches: search.searched,
    batches_left_out: search.left_out,
    events_complete: stored.complete,
  }
  const head = JSON.stringify({ event_id: eventId, state }).slice(0, -1)
  return `${head},"stored":[${stored.events.join(',')}],${JSON.stringify({ queued, rejected, searched }).slice(1)}`
}

function queuedEvent(
  { batch, state, enqueued_at, attempts, error }: FoundBatch,
  verdict: QueuedEvent['verdict'],
): QueuedEvent {
  const { batch_id } = batch
  return { batch_id, state, verdict, enqueued_at: enqueued_at.toISOString(), attempts, error }
}
