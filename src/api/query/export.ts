// GET /v1/games/{game}/events.ndjson and events.csv: stored events in one download, as many as there are. What fails in the
// middle breaks the connection: a file that ended well is whole.
import { pipeline, Readable } from 'node:stream'
import { constants, createGzip } from 'node:zlib'
import { negotiate } from '@fastify/accept-negotiator'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { RequestProblem } from '../../contract/answer.ts'
import { ExportQuerySchema } from '../../contract/export.ts'
import { GameParamsSchema } from '../../contract/reading.ts'
import type { ExportFormat, ExportRow } from '../../storage/events/export-events.ts'
import type { EventFilter } from '../../storage/events/read-events.ts'
import { keyOf } from '../admission/authenticate.ts'
import { QUERY_PROBLEM_RESPONSES } from '../server/errors.ts'
import { exportText } from './export-text.ts'
import { queryTime } from './query-time.ts'

/** At once, of one process; each takes a connection to the database. */
export const EXPORTS_MAX = 2
/** A client that takes nothing for so long is gone. */
const STANDSTILL_MS_MAX = 60_000

const TYPES = { ndjson: 'application/x-ndjson', csv: 'text/csv; charset=utf-8; header=present' }

export interface ExportParts {
  /** Resolves when the first rows are there. */
  exportEvents: (
    gameId: number,
    filter: EventFilter,
    format: ExportFormat,
    signal: AbortSignal,
  ) => Promise<AsyncIterable<ExportRow[]>>
}

export async function exportRoutes(fastify: FastifyInstance, parts: ExportParts): Promise<void> {
  const underWay = new Set<AbortController>()
  // A process that ends has no time for it, and half a file must not look like a whole one.
  fastify.addHook('preClose', async () => {
    for (const ending of underWay) ending.abort(new Error('The process drains.'))
  })
  for (const format of ['ndjson', 'csv'] as const) exportRoute(fastify, parts, format, underWay)
}

function exportRoute(
  fastify: FastifyInstance,
  { exportEvents }: ExportParts,
  format: ExportFormat,
  underWay: Set<AbortController>,
): void {
  fastify.withTypeProvider<TypeBoxTypeProvider>().get(
    `/events.${format}`,
    {
      exposeHeadRoute: false,
      schema: {
        tags: ['reading'],
        security: [{ key: [] }, { header: [] }, { query: [] }],
        params: GameParamsSchema,
        summary: `Stored events as a file, oldest first (${format})`,
        description:
          'As many as there are, gzipped where asked for. A download that breaks off is not whole.',
        querystring: ExportQuerySchema,
        response: {
          200: { description: 'The file', content: { [TYPES[format]]: { schema: Type.String() } } },
          ...QUERY_PROBLEM_RESPONSES,
        },
      },
    },
    async (request, reply) => {
      const { name, player_id, session_id, from, to } = request.query
      const filter = { name, player_id, session_id, from: queryTime('from', from), to: queryTime('to', to) }
      if (underWay.size >= EXPORTS_MAX) {
        throw new RequestProblem('unavailable', `${EXPORTS_MAX} exports run already. Ask again later.`)
      }
      // A client that went away while its key was looked up: it will not be said again.
      if (reply.raw.destroyed) throw new RequestProblem('unavailable', 'The client went away.')
      const ending = new AbortController()
      underWay.add(ending)
      reply.raw.once('close', () => {
        underWay.delete(ending)
        ending.abort(new Error('The client went away.'))
      })
      // The first rows may take longer than an idle connection may be silent.
      reply.raw.setTimeout(0)
      const rows = await exportEvents(keyOf(request).game_id, filter, format, ending.signal)
      const text = Readable.from(exportText(rows, format, STANDSTILL_MS_MAX, ending), {
        signal: ending.signal,
      })
      reply.headers({
        'content-type': TYPES[format],
        'content-disposition': `attachment; filename="${keyOf(request).game}-events.${format}"`,
        vary: 'accept-encoding',
        'cache-control': 'no-store',
      })
      if (!acceptsGzip(request.headers['accept-encoding'])) return reply.send(text as never)
      const gzip = createGzip({ level: constants.Z_BEST_SPEED })
      // Its errors reach the answer by way of `gzip`, which they destroy.
      pipeline(text, gzip, () => {})
      return reply.header('content-encoding', 'gzip').send(gzip as never)
    },
  )
}

function acceptsGzip(header: string | undefined): boolean {
  return header !== undefined && negotiate(header, ['gzip', 'identity']) === 'gzip'
}
