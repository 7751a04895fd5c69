// What those who run Playtrace look at: is it alive, can it work, what does it count.
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Shed } from '../admission/overload.ts'
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

const ReadySchema = Type.Object({ ready: Type.Boolean(), reasons: Type.Array(Type.String()) })

export async function operationsRoutes(app: FastifyInstance, parts: OperationsRouteParts): Promise<void> {
  const tags = ['operations']

  app.get(
    '/healthz',
    {
      schema: {
        tags,
        summary: 'The process is alive',
        response: { 200: Type.Object({ status: Type.Literal('ok') }) },
      },
    },
    async () => ({ status: 'ok' }),
  )

  app.get(
    '/readyz',
    {
      schema: {
        tags,
        summary: 'Events can be taken, and work that exists completes',
        response: { 200: ReadySchema, 503: ReadySchema },
      },
    },
    async (_request, reply) => {
      const refused = parts.shed?.()
      const reasons = refused ? [refused.message] : await parts.readiness.check()
      return reply.code(reasons.length === 0 ? 200 : 503).send({ ready: reasons.length === 0, reasons })
    },
  )

  app.get('/metrics', { schema: { tags, summary: 'Figures for Prometheus' } }, async (_request, reply) =>
    reply.type(PROMETHEUS_TEXT).send(await parts.metricsText()),
  )
}
