// The routes for operators: whether the process is alive, whether it can work, and its metrics.
import type { FastifyInstance, onRequestHookHandler } from 'fastify'
import Type from 'typebox'
import type { Shed } from '../admission/overload.ts'
import { NO_KEY, problems } from '../server/openapi.ts'
import { onceASecond } from './once-a-second.ts'
import type { Readiness } from './readiness.ts'

export interface OperationsParts {
  readiness: Pick<Readiness, 'check'>
  /** Returns the metrics of all processes that belong together, in the text format of Prometheus. */
  metricsText: () => Promise<string>
}

export interface OperationsRouteParts extends OperationsParts {
  /** Returns why events are refused now. Absent in a process that takes no events. */
  shed?: () => Shed | undefined
  /** Limits the requests of one address for /metrics. Absent in a worker, whose port is not public. */
  limitAddress?: onRequestHookHandler
}

const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8'

const HealthSchema = Type.Object(
  { status: Type.Literal('ok') },
  { title: 'Health', description: 'The process is alive.' },
)
const ReadySchema = Type.Object(
  {
    ready: Type.Boolean(),
    reasons: Type.Array(Type.String(), { description: 'Why the process is not ready. Empty if it is.' }),
    degraded: Type.Array(Type.String(), {
      description:
        'Problems that another process cannot solve, or that lie elsewhere: overload, or workers that make no progress.',
    }),
  },
  { title: 'Readiness', description: 'Whether this process can do its own work.' },
)
const METRICS = {
  description: 'The metrics of all processes that belong together, in the text format of Prometheus.',
  content: { [PROMETHEUS_TEXT]: { schema: Type.String() } },
}

/** Balancers ask /healthz and /readyz, so these two are never answered 429. */
export async function operationsRoutes(app: FastifyInstance, parts: OperationsRouteParts): Promise<void> {
  const metricsText = onceASecond(parts.metricsText)
  const described = { tags: ['operations'], security: NO_KEY }

  app.get('/healthz', {
    schema: {
      ...described,
      operationId: 'getHealth',
      summary: 'Check that the process is alive',
      response: { 200: HealthSchema },
    },
    handler: async () => ({ status: 'ok' }),
  })

  app.get('/readyz', {
    schema: {
      ...described,
      operationId: 'getReadiness',
      summary: 'Check that this process can do its own work',
      description:
        'An API process is ready if it can take events: it has read the keys once, the queue takes writes, and it is not draining. A worker is ready if it can store events. Load balancers and the readiness probe of Kubernetes ask this route. A liveness probe asks /healthz.',
      response: { 200: ReadySchema, 503: ReadySchema },
    },
    async handler(_request, reply) {
      const { ready, reasons, degraded } = await parts.readiness.check()
      // Overload often reaches all processes at once, and without any of them a balancer could only answer for itself.
      const refused = parts.shed?.()
      const problems = refused ? [refused.message, ...degraded] : degraded
      return reply.code(ready ? 200 : 503).send({ ready, reasons, degraded: problems })
    },
  })

  app.get('/metrics', {
    ...(parts.limitAddress && { onRequest: parts.limitAddress }),
    schema: {
      ...described,
      operationId: 'getMetrics',
      summary: 'Get the metrics for Prometheus',
      description: 'The metrics are read at most once a second.',
      response: { 200: METRICS, 429: problems()['429'] },
    },
    handler: async (_request, reply) => reply.type(PROMETHEUS_TEXT).send(await metricsText()),
  })
}
