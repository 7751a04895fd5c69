// What those who run Playtrace look at: is it alive, can it work, what does it count.
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Shed } from '../admission/overload.ts'
import { NO_KEY } from '../server/openapi.ts'
import type { Readiness } from './readiness.ts'

export interface OperationsParts {
  readiness: Readiness
  /** The figures of all processes that belong together, as Prometheus reads them. */
  metricsText: () => Promise<string>
}

export interface OperationsRouteParts extends OperationsParts {
  /** Why events are refused at the moment; absent in a process that takes none. */
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

  app.get(
    '/healthz',
    {
      schema: {
        ...described,
        operationId: 'getHealth',
        summary: 'Check that the process is alive',
        response: { 200: HealthSchema },
      },
    },
    async () => ({ status: 'ok' }),
  )

  app.get(
    '/readyz',
    {
      schema: {
        ...described,
        operationId: 'getReadiness',
        summary: 'Check that the process can do its work',
        response: { 200: ReadySchema, 503: ReadySchema },
      },
    },
    async (_request, reply) => {
      const refused = parts.shed?.()
      const reasons = refused ? [refused.message] : await parts.readiness.check()
      return reply.code(reasons.length === 0 ? 200 : 503).send({ ready: reasons.length === 0, reasons })
    },
  )

  app.get(
    '/metrics',
    {
      schema: {
        ...described,
        operationId: 'getMetrics',
        summary: 'Get the metrics for Prometheus',
        response: { 200: METRICS },
      },
    },
    async (_request, reply) => reply.type(PROMETHEUS_TEXT).send(await parts.metricsText()),
  )
}
