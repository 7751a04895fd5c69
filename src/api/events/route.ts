// POST /v1/events: the only route that a game needs.

import type { IncomingMessage } from 'node:http'
import cors from '@fastify/cors'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AnswerSchema } from '../../contract/answer.ts'
import { EventSchema, RequestBodySchema } from '../../contract/event.ts'
import { fingerprintOf } from '../../contract/key.ts'
import { REQUEST_BYTES_MAX, REQUEST_EVENTS_MAX } from '../../contract/limits.ts'
import { acceptEvents } from '../../ingest/accept-events.ts'
import { rejectionKeeper } from '../../ingest/keep-rejections.ts'
import type { Admission } from '../admission/admission.ts'
import { keyOf, requireKey } from '../admission/authenticate.ts'
import { shareOf } from '../admission/in-flight.ts'
import type { ApiMetrics } from '../operations/api-metrics.ts'
import { PROBLEM_RESPONSES } from '../server/errors.ts'
import type { EnqueueEvents } from './group-requests.ts'
import { readBody } from './read-body.ts'
import { receiveBody } from './receive-body.ts'

export interface EventsParts {
  enqueue: EnqueueEvents
  metrics: ApiMetrics
  now: () => number
  newId: () => string
}

const PATH = '/v1/events'
const NDJSON = 'application/x-ndjson'
const CONTENT_TYPES = ['application/json', NDJSON, 'text/plain']
/** How long a browser need not ask again whether it may send. */
const PREFLIGHT_SECONDS = 86_400

export async function eventsRoute(app: FastifyInstance, parts: EventsParts & Admission): Promise<void> {
  const { keys, enqueue, metrics, now, newId, refuse, limitAddress, limitKey, hold } = parts
  const keepRejections = rejectionKeeper()
  // The plugin below answers OPTIONS of every path; here only of this one.
  app.addHook('onRequest', (request, reply, done) => {
    if (request.url.split('?')[0] !== PATH) return void reply.callNotFound()
    // Or a page of another origin, which may send, would take an answer it got for a failure, and send again.
    reply.header('cross-origin-resource-policy', 'cross-origin')
    done()
  })
  // A game in a browser sends from any page; keys that may only send are the only ones that work here.
  await app.register(cors, {
    origin: '*',
    strictPreflight: false,
    maxAge: PREFLIGHT_SECONDS,
    methods: ['POST'],
    allowedHeaders: ['Authorization', 'X-Api-Key', 'Content-Type', 'Content-Encoding'],
    exposedHeaders: ['Playtrace-Batch-Id', 'Retry-After'],
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(CONTENT_TYPES, async (request: FastifyRequest, payload: IncomingMessage) =>
    receiveBody(payload, shareOf(request).add),
  )

  app.post<{ Body: Buffer | undefined }>(PATH, {
    onRequest: [refuse, limitAddress, requireKey(keys, 'write'), limitKey, hold],
    schema: {
      summary: 'Send events',
      description: `One event, an array, {"events": […], "sent_at": "…"}, or NDJSON: at most ${REQUEST_EVENTS_MAX} events and ${REQUEST_BYTES_MAX} bytes as sent, plain or with Content-Encoding gzip, deflate, br or zstd. The header Playtrace-Batch-Id of the answer names the batch that carries them. After 429 and 503 send the same again when Retry-After says.`,
      tags: ['events'],
      security: [{ key: [] }, { header: [] }, { query: [] }],
      body: {
        content: {
          'application/json': { schema: RequestBodySchema },
          'text/plain': { schema: RequestBodySchema },
          [NDJSON]: { schema: { ...EventSchema, description: 'One event a line.' } },
        },
      },
      response: {
        202: {
          description: 'At least one event is accepted: on disk, and will be stored once.',
          ...content(AnswerSchema),
        },
        422: { description: 'None is accepted.', ...content(AnswerSchema) },
        ...PROBLEM_RESPONSES,
      },
    },
    // The schema documents the body here; the same schema gives each event its own verdict in acceptEvents.
    validatorCompiler: () => () => true,
    handler(request, reply) {
      const receivedAtMs = now()
      const { game, game_id, key_hash } = keyOf(request)
      const share = shareOf(request)
      return share.during(async () => {
        const text = await readBody(request.body ?? Buffer.alloc(0), request.headers)
        share.add(text.length)
        const form = request.mediaType === NDJSON ? 'ndjson' : 'json'

        const {
          events,
          verdicts,
          quarantined: rejected,
        } = acceptEvents(
          { text, form },
          { gameId: game_id, keyFingerprint: fingerprintOf(key_hash), receivedAtMs, newId },
        )
        const quarantined = keepRejections(game_id, rejected, receivedAtMs)
        const notKept = rejected.length - quarantined.length
        const not_kept = notKept > 0 ? [{ game_id, events: notKept }] : []
        // Taken now, and enqueued without a closure: events held until the answer are copied by each of the collector's rounds.
        const acceptedCount = events.length
        const mismatched = events.filter(({ mismatch }) => mismatch !== undefined)
        const batchId = await metrics.timeEnqueue(enqueue({ events, quarantined, not_kept }))

        metrics.countAnswer(game, acceptedCount, verdicts)
        metrics.countMismatches(game, mismatched)
        metrics.countNotKept(game, notKept)
        return reply
          .code(acceptedCount > 0 ? 202 : 422)
          .header('playtrace-batch-id', batchId)
          .send({ accepted: acceptedCount, rejected: verdicts })
      })
    },
  })
}

const content = (schema: object) => ({ content: { 'application/json': { schema } } })
