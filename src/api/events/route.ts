// POST /v1/events: the only route that a game needs.
import type { IncomingMessage } from 'node:http'
import cors from '@fastify/cors'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { fingerprintOf } from '../../contract/key.ts'
import { acceptEvents } from '../../ingest/accept-events.ts'
import { rejectionKeeper } from '../../ingest/keep-rejections.ts'
import type { Admission } from '../admission/admission.ts'
import { keyOf, requireKey } from '../admission/authenticate.ts'
import { shareOf } from '../admission/in-flight.ts'
import type { ApiMetrics } from '../operations/api-metrics.ts'
import type { EnqueueEvents } from './group-requests.ts'
import { readBody } from './read-body.ts'
import { receiveBody } from './receive-body.ts'
import { SEND_EVENTS_SCHEMA } from './route-schema.ts'

export interface EventsParts {
  enqueue: EnqueueEvents
  metrics: ApiMetrics
  now: () => number
  newId: () => string
}

const PATH = '/v1/events'
const NDJSON = 'application/x-ndjson'
const CONTENT_TYPES = ['application/json', NDJSON, 'text/plain']
/** A browser asks once in this time whether it may send. */
const PREFLIGHT_SECONDS = 86_400

export async function eventsRoute(app: FastifyInstance, parts: EventsParts & Admission): Promise<void> {
  const { keys, enqueue, metrics, now, newId, refuse, limitAddress, limitKey, hold } = parts
  const keepRejections = rejectionKeeper()
  await allowEveryOrigin(app)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(CONTENT_TYPES, async (request: FastifyRequest, payload: IncomingMessage) =>
    receiveBody(payload, shareOf(request).add),
  )

  app.post<{ Body: Buffer | undefined }>(PATH, {
    onRequest: [refuse, limitAddress, requireKey(keys, 'write'), limitKey, hold],
    schema: SEND_EVENTS_SCHEMA,
    // The schema only documents the body here. In acceptEvents it gives each event its own verdict.
    validatorCompiler: () => () => true,
    handler(request, reply) {
      const receivedAtMs = now()
      const { game, game_id, key_hash } = keyOf(request)
      const share = shareOf(request)
      return share.during(async () => {
        const text = await readBody(request.body ?? Buffer.alloc(0), request.headers)
        share.add(text.length)
        const form = request.mediaType === NDJSON ? 'ndjson' : 'json'
        const sender = { gameId: game_id, keyFingerprint: fingerprintOf(key_hash), receivedAtMs, newId }
        const { events, verdicts, quarantined: rejected } = acceptEvents({ text, form }, sender)
        const quarantined = keepRejections(game_id, rejected, receivedAtMs)
        const notKept = rejected.length - quarantined.length
        const not_kept = notKept > 0 ? [{ game_id, events: notKept }] : []
        // Computed before the wait, so that the events can be freed: the garbage collector would copy them in each round.
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

/** A game in a browser sends from any page. The route accepts only write keys. */
async function allowEveryOrigin(app: FastifyInstance): Promise<void> {
  // The CORS plugin would answer OPTIONS of every path.
  app.addHook('onRequest', (request, reply, done) => {
    if (request.url.split('?')[0] !== PATH) return void reply.callNotFound()
    // Without it, a page of another origin cannot read the answer, and sends again.
    reply.header('cross-origin-resource-policy', 'cross-origin')
    done()
  })
  await app.register(cors, {
    origin: '*',
    strictPreflight: false,
    maxAge: PREFLIGHT_SECONDS,
    methods: ['POST'],
    allowedHeaders: ['Authorization', 'X-Api-Key', 'Content-Type', 'Content-Encoding'],
    exposedHeaders: ['Playtrace-Batch-Id', 'Retry-After'],
  })
}
