// POST /v1/events: the only route that a game needs.
import type { IncomingMessage } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import cors from '@fastify/cors'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { RequestProblem } from '../../contract/answer.ts'
import { fingerprintOf, MAY_SEND } from '../../contract/key.ts'
import { REQUEST_INFLATED_BYTES_MAX } from '../../contract/limits.ts'
import type { Rejection } from '../../contract/rejection.ts'
import { type AcceptedEvents, acceptInSteps, rejectBody } from '../../ingest/accept-events.ts'
import { rejectionKeeper } from '../../ingest/keep-rejections.ts'
import type { Key } from '../../storage/games/games.ts'
import type { Admission } from '../admission/admission.ts'
import { keyOf, requireKey } from '../admission/authenticate.ts'
import { budgetOf } from '../admission/budgets.ts'
import { shareOf } from '../admission/in-flight.ts'
import { Shed } from '../admission/overload.ts'
import type { ApiMetrics } from '../operations/api-metrics.ts'
import type { EnqueueEvents } from './group-requests.ts'
import { readBody } from './read-body.ts'
import { receiveBody } from './receive-body.ts'
import { SEND_EVENTS_SCHEMA } from './route-schema.ts'

export interface EventsParts {
  enqueue: EnqueueEvents
  metrics: ApiMetrics
  now: () => number
  newId: (ms: number) => string
}

interface Enqueued {
  batchId: string
  answer: { accepted: number; rejected: Rejection[] }
}

const PATH = '/v1/events'
const NDJSON = ['application/x-ndjson', 'application/ndjson', 'application/jsonl']
const CONTENT_TYPES = ['application/json', ...NDJSON, 'text/plain']
/** A browser asks once in this time whether it may send. */
const PREFLIGHT_SECONDS = 86_400

export async function eventsRoute(app: FastifyInstance, parts: EventsParts & Admission): Promise<void> {
  const { keys, now, newId, refuse, limitAddress, limitKey, limitBudget, hold } = parts
  const enqueueAccepted = acceptedEnqueuer(parts)
  await allowEveryOrigin(app)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(CONTENT_TYPES, async (request: FastifyRequest, payload: IncomingMessage) =>
    receiveBody(payload, shareOf(request).add),
  )

  app.post<{ Body: Buffer | undefined }>(PATH, {
    onRequest: [refuse, limitAddress, requireKey(keys, MAY_SEND), limitKey, limitBudget, hold],
    schema: SEND_EVENTS_SCHEMA,
    // The schema only documents the body here. In acceptEvents it gives each event its own verdict.
    validatorCompiler: () => () => true,
    handler(request, reply) {
      const receivedAtMs = now()
      const key = keyOf(request)
      const { game_id: gameId, key_no: keyNo, key_hash, ...believed } = key
      const keyFingerprint = fingerprintOf(key_hash)
      const onCounted = (events: number) => budgetOf(request).spend('events', events)
      const sentAt = sentAtOf(request)
      const sender = { gameId, believed, keyNo, keyFingerprint, receivedAtMs, sentAt, newId, onCounted }
      return shareOf(request).during(async () => {
        let bytes = request.body ?? Buffer.alloc(0)
        const accept = async () => {
          bytes = await inflatedBody(bytes, request)
          const form = NDJSON.includes(request.mediaType ?? '') ? 'ndjson' : 'json'
          return inTurns(acceptInSteps({ bytes, form }, sender))
        }
        const { batchId, answer } = await accept().then(
          (accepted) => enqueueAccepted(key, accepted, receivedAtMs),
          async (error) => {
            if (!(error instanceof RequestProblem) || error.code !== 'invalid_body') throw error
            await enqueueAccepted(key, rejectBody(bytes, error, sender), receivedAtMs)
            throw error
          },
        )
        return reply
          .code(answer.accepted > 0 ? 202 : 422)
          .header('playtrace-batch-id', batchId)
          .send(answer)
      })
    },
  })
}

/**
 * Makes the function that enqueues what a request has. Only the numbers and verdicts are kept during the wait: the garbage
 * collector would copy the events in each round.
 */
function acceptedEnqueuer({ enqueue, metrics }: EventsParts) {
  const keepRejections = rejectionKeeper()
  return ({ game, game_id }: Key, accepted: AcceptedEvents, nowMs: number): Promise<Enqueued> => {
    const { events, verdicts, quarantined: rejected } = accepted
    const quarantined = keepRejections(game_id, rejected, nowMs)
    const notKept = rejected.length - quarantined.length
    const not_kept = notKept > 0 ? [{ game_id, events: notKept }] : []
    const count = events.length
    const mismatched = events.filter(({ mismatch }) => mismatch !== undefined)
    return metrics.timeEnqueue(enqueue({ events, quarantined, not_kept })).then((batchId) => {
      metrics.countAnswer(game, count, verdicts)
      metrics.countMismatches(game, mismatched)
      metrics.countNotKept(game, notKept)
      return { batchId, answer: { accepted: count, rejected: verdicts } }
    })
  }
}

/** Runs the steps with a turn of the event loop between them, so that a large body does not delay other requests. */
async function inTurns<Result>(steps: Generator<undefined, Result>): Promise<Result> {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    await nextTurn()
  }
}

/** Inflates a body. The share and the budget of its request are charged for the bytes. */
async function inflatedBody(body: Buffer, request: FastifyRequest): Promise<Buffer> {
  const budget = budgetOf(request)
  const bytes = await readBody(body, request.headers, keyOf(request).game_id).catch((error) => {
    // The body is charged as a body of the limit's size, because inflating stops there.
    if (!(error instanceof Shed))
      budget.spend('bytes', error.code === 'body_too_large' ? REQUEST_INFLATED_BYTES_MAX : body.length)
    throw error
  })
  // First, because a request that the server cannot take is not charged.
  shareOf(request).add(bytes.length)
  budget.spend('bytes', bytes.length)
  return bytes
}

/** The time of sending that a request gives beside its body. */
function sentAtOf({ headers, query }: FastifyRequest): string | undefined {
  const sentAt = headers['playtrace-sent-at'] ?? (query as { sent_at?: unknown }).sent_at
  return typeof sentAt === 'string' ? sentAt : undefined
}

/**
 * A game in a browser sends from any page, with any headers that its libraries add. A browser sends the beacon of a Blob with
 * credentials, and then an answer must name the origin and allow them. The route reads no cookie.
 */
async function allowEveryOrigin(app: FastifyInstance): Promise<void> {
  // The CORS plugin would answer OPTIONS of every path.
  app.addHook('onRequest', (request, reply, done) => {
    const path = request.url.split('?')[0]?.replaceAll(/\/+/g, '/').replace(/\/$/, '')
    if (path !== PATH) return void reply.callNotFound()
    // Without it, a page of another origin cannot read the answer, and sends again.
    reply.header('cross-origin-resource-policy', 'cross-origin')
    done()
  })
  await app.register(cors, {
    origin: true,
    credentials: true,
    strictPreflight: false,
    maxAge: PREFLIGHT_SECONDS,
    methods: ['POST'],
    exposedHeaders: ['Playtrace-Batch-Id', 'Retry-After'],
  })
}
