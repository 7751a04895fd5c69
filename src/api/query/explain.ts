// GET /v1/games/{game}/events/{event_id}: whether an event is stored, still in the queue, rejected, or none of these.

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { StoredRejection } from '../../contract/quarantine.ts'
import {
  EventParamsSchema,
  ExplainQuerySchema,
  type Explanation,
  ExplanationSchema,
  type QueuedEvent,
} from '../../contract/reading.ts'
import { timeInsideUuid } from '../../ingest/event-time.ts'
import type { BatchSearch, FoundBatch, QueueInspector } from '../../queue/queue-inspector.ts'
import type { FoundEvents, KnownTime } from '../../storage/events/find-event.ts'
import { keyOf } from '../admission/authenticate.ts'
import { gameProblems, KEY_IN_HEADER } from '../server/openapi.ts'
import { sendJsonText } from '../server/send-json-text.ts'
import { queryTime } from './query-times.ts'

/** Batches that are searched in each state of the queue; one takes some milliseconds. */
const SEARCHED_BATCHES_MAX = 100

export interface ExplainParts {
  findBatches: QueueInspector['findBatches']
  findEvents: (gameId: number, eventId: string, time: KnownTime) => Promise<FoundEvents>
  rejectionsOfEvent: (gameId: number, eventId: string) => Promise<StoredRejection[]>
}

interface SoughtEvent {
  gameId: number
  eventId: string
  /** From the query. It finds an event whose id has no time in it. */
  occurredAt: string | undefined
}

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
      return sendJsonText(reply, body)
    },
  )
}

/** @returns the JSON of an {@link Explanation}: text, so that the digits of stored properties stay as they are */
async function explainEvent(
  { findBatches, findEvents, rejectionsOfEvent }: ExplainParts,
  { gameId, eventId, occurredAt }: SoughtEvent,
): Promise<string> {
  const id = eventId.toLowerCase()
  // The queue comes first: an event that is stored meanwhile is found twice instead of missed.
  const search = await findBatches(
    ({ events, quarantined }) => [...events, ...quarantined].some((one) => isSought(one, gameId, id)),
    SEARCHED_BATCHES_MAX,
  )
  const [stored, rejected] = await Promise.all([
    findEvents(gameId, id, { exactly: occurredAt, about: timeInsideUuid(id)?.text }),
    rejectionsOfEvent(gameId, id),
  ])
  return jsonOf(id, stored, { queued: queuedEvents(search, gameId, id), rejected, search })
}

function isSought(one: { game_id: number; event_id: string | null }, gameId: number, id: string): boolean {
  return one.game_id === gameId && one.event_id?.toLowerCase() === id
}

function queuedEvents({ found }: BatchSearch, gameId: number, id: string): QueuedEvent[] {
  return found.map(({ batch, state, enqueued_at, attempts, error }: FoundBatch) => ({
    batch_id: batch.batch_id,
    state,
    verdict: batch.events.some((event) => isSought(event, gameId, id)) ? 'accepted' : 'rejected',
    enqueued_at: enqueued_at.toISOString(),
    attempts,
    error,
  }))
}

function jsonOf(
  id: string,
  stored: FoundEvents,
  { queued, rejected, search }: { queued: QueuedEvent[]; rejected: StoredRejection[]; search: BatchSearch },
): string {
  let state: Explanation['state'] = 'unknown'
  if (stored.events.length > 0) state = 'stored'
  else if (queued.length > 0) state = 'queued'
  else if (rejected.length > 0) state = 'rejected'
  const rest: Omit<Explanation, 'event_id' | 'state' | 'stored'> = {
    queued,
    rejected,
    searched: {
      batches: search.searched,
      batches_left_out: search.left_out,
      events_complete: stored.complete,
    },
  }
  const head = JSON.stringify({ event_id: id, state }).slice(0, -1)
  return `${head},"stored":[${stored.events.join(',')}],${JSON.stringify(rest).slice(1)}`
}
