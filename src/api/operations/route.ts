// The routes for operators: whether the process is alive, whether it can work, and its metrics.
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Shed } from '../admission/overload.ts'
import { NO_KEY } from '../server/openapi.ts'
import type { Readiness } from './readiness.ts'

export interface OperationsParts {
  readiness: Readiness
  /** Returns the metrics of all processes that belong together, in the text format of Prometheus. */
  metricsText: () => Promise<string>
}

export interface OperationsRouteParts extends OperationsParts {
  /** Returns why events are refused now. Absent in a process that takes no events. */
  shed?: () => Shed | undefined
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
  },
  { title: 'Readiness', description: 'Whether the process can do its work.' },
)
const METRICS = {
  description: 'The metrics of all processes that belong together, in the text format of Prometheus.',
  content: { [PROMETHEUS_TEXT]: { schema: Type.String() } },
}

export async function operationsRoutes(app: FastifyInstance, parts: OperationsRouteParts): Promise<void> {
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
      summary: 'Check that the process can do its work',
      response: { 200: ReadySchema, 503: ReadySchema },
    },
    async handler(_request, reply) {
      const refused = parts.shed?.()
      const reasons = refused ? [refused.message] : await parts.readiness.check()
      const ready = reasons.length === 0
      return reply.code(ready ? 200 : 503).send({ ready, reasons })
    },
  })

  app.get('/metrics', {
    schema: {
      ...described,
      operationId: 'getMetrics',
      summary: 'Get the metrics for Prometheus',
      response: { 200: METRICS },
    },
    handler: async (_request, reply) => reply.type(PROMETHEUS_TEXT).send(await parts.metricsText()),
  })
}
