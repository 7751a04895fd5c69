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
import { keyOf, requireKey } from '../admission/authenticate.ts'
import type { KeyRing } from '../admission/key-ring.ts'
import type { RateLimitHooks } from '../admission/rate-limits.ts'
import { KEY_IN_HEADER, problems } from '../server/openapi.ts'
import { exportText } from './export-text.ts'
import { queryTime } from './query-time.ts'

/** At once, of one process; each takes a connection to the database. */
export const EXPORTS_MAX = 2
/** A client that takes nothing for so long is gone. */
const STANDSTILL_MS_MAX = 60_000

const TYPES = { ndjson: 'application/x-ndjson', csv: 'text/csv; charset=utf-8; header=present' }
const OPERATIONS = { ndjson: 'exportEventsAsNdjson', csv: 'exportEventsAsCsv' }
const file = (type: string, description: string) => ({
  description,
  headers: {
    'Content-Disposition': Type.String({ description: 'The name of the file.' }),
    'Content-Encoding': Type.String({ description: '`gzip`, or absent.' }),
  },
  content: { [type]: { schema: Type.String() } },
})
const FILES = {
  ndjson: file(TYPES.ndjson, 'One StoredEvent as JSON in each line.'),
  csv: file(TYPES.csv, 'One event in each line. The first line has the names of the columns.'),
}

export interface ExportRouteParts extends RateLimitHooks {
  keys: KeyRing
  /** Resolves when the first rows are there. */
  exportEvents: (
    gameId: number,
    filter: EventFilter,
    format: ExportFormat,
    signal: AbortSignal,
  ) => Promise<AsyncIterable<ExportRow[]>>
}

export async function exportRoutes(fastify: FastifyInstance, parts: ExportRouteParts): Promise<void> {
  fastify.addHook('onRequest', parts.limitAddress)
  fastify.addHook('onRequest', requireKey(parts.keys, 'admin'))
  fastify.addHook('onRequest', parts.limitKey)
  const underWay = new Set<AbortController>()
  // A process that ends has no time for it, and half a file must not look like a whole one.
  fastify.addHook('preClose', async () => {
    for (const ending of underWay) ending.abort(new Error('The process drains.'))
  })
  for (const format of ['ndjson', 'csv'] as const) exportRoute(fastify, parts, format, underWay)
}

function exportRoute(
  fastify: FastifyInstance,
  { exportEvents }: ExportRouteParts,
  format: ExportFormat,
  underWay: Set<AbortController>,
): void {
  fastify.withTypeProvider<TypeBoxTypeProvider>().get(
    `/v1/games/:game/events.${format}`,
    {
      exposeHeadRoute: false,
      schema: {
        tags: ['reading'],
        security: KEY_IN_HEADER,
        operationId: OPERATIONS[format],
        params: GameParamsSchema,
        summary: `Export stored events as ${format === 'csv' ? 'CSV' : 'NDJSON'}`,
        description:
          'Answers all stored events that match, oldest first. The file is gzipped if the client accepts gzip. If the connection closes before the end of the answer, the file is incomplete.',
        querystring: ExportQuerySchema,
        response: {
          200: FILES[format],
          ...problems('invalid_query'),
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
