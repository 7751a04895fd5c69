// GET /v1/games/{game}/events.ndjson and events.csv: stored events in one download, as many as there are. What fails in the
// middle breaks the connection: a file that ended well is whole.
import { pipeline, Readable } from 'node:stream'
import { constants, createGzip } from 'node:zlib'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { RequestProblem } from '../../contract/answer.ts'
import { ExportQuerySchema, GameParamsSchema } from '../../contract/reading.ts'
import type { Download } from '../../storage/events/downloads.ts'
import type { ExportFormat, ExportRow } from '../../storage/events/export-events.ts'
import type { EventFilter } from '../../storage/events/read-events.ts'
import { keyOf } from '../admission/authenticate.ts'
import { gameProblems, KEY_IN_HEADER } from '../server/openapi.ts'
import { exportText } from './export-text.ts'
import { queryTime } from './query-times.ts'

/** At once, of one process; each takes a connection to the database. */
export const EXPORTS_MAX = 2
/** A client that takes nothing for so long is gone. */
const STANDSTILL_MS_MAX = 60_000

const TYPES = { ndjson: 'application/x-ndjson', csv: 'text/csv; charset=utf-8; header=present' }
const OPERATIONS = { ndjson: 'exportEventsAsNdjson', csv: 'exportEventsAsCsv' }

/** Resolves when the first rows are there. */
export type ExportEvents = (
  gameId: number,
  filter: EventFilter,
  format: ExportFormat,
  signal: AbortSignal,
) => Promise<AsyncIterable<ExportRow[]>>

/** The exports of this process. */
export interface Exports {
  /** @throws RequestProblem if as many exports as may run are running */
  assertPlace(): void
  /** Resolves when the answer has begun. */
  send(request: FastifyRequest, reply: FastifyReply, download: Download & { game: string }): Promise<void>
}

export interface ExportParts {
  exports: Exports
}

export async function exportRoutes(fastify: FastifyInstance, parts: ExportParts): Promise<void> {
  for (const format of ['ndjson', 'csv'] as const) exportRoute(fastify, parts, format)
}

function exportRoute(fastify: FastifyInstance, { exports }: ExportParts, format: ExportFormat): void {
  fastify.withTypeProvider<TypeBoxTypeProvider>().get(
    `/events.${format}`,
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
          200: exportResponse(format),
          ...gameProblems(),
        },
      },
    },
    async (request, reply) => {
      const { game, game_id } = keyOf(request)
      const filter = exportFilter(request.query)
      await exports.send(request, reply, { game, game_id, format, filter })
      return reply
    },
  )
}

/** For the schema of a route that sends an export. */
export const exportResponse = (...formats: ExportFormat[]) => ({
  description:
    'The file. NDJSON has one StoredEvent in each line. CSV has one event in each line, and the names of the columns in the first line.',
  headers: {
    'Content-Disposition': Type.String({ description: 'The name of the file.' }),
    'Content-Encoding': Type.String({ description: '`gzip`, or absent.' }),
  },
  content: Object.fromEntries(formats.map((format) => [TYPES[format], { schema: Type.String() }])),
})

/** @throws RequestProblem `invalid_query` */
export function exportFilter(query: Static<typeof ExportQuerySchema>): EventFilter {
  const { name, player_id, session_id, from, to } = query
  return { name, player_id, session_id, from: queryTime('from', from), to: queryTime('to', to) }
}

export function runExports(app: FastifyInstance, exportEvents: ExportEvents): Exports {
  const underWay = new Set<AbortController>()
  // A process that ends has no time for it, and half a file must not look like a whole one.
  app.addHook('preClose', async () => {
    for (const ending of underWay) ending.abort(new Error('The process drains.'))
  })
  const assertPlace = () => {
    if (underWay.size < EXPORTS_MAX) return
    throw new RequestProblem('unavailable', `${EXPORTS_MAX} exports are already running. Try again later.`)
  }
  return {
    assertPlace,
    async send(request, reply, { game, game_id, filter, format }) {
      assertPlace()
      // The client may be gone since the database was asked; no event will say so again.
      if (reply.raw.destroyed) throw new RequestProblem('unavailable', 'The client went away.')
      const ending = new AbortController()
      underWay.add(ending)
      reply.raw.once('close', () => {
        underWay.delete(ending)
        ending.abort(new Error('The client went away.'))
      })
      // The first rows may take longer than an idle connection may be silent.
      reply.raw.setTimeout(0)
      const rows = await exportEvents(game_id, filter, format, ending.signal)
      const text = Readable.from(exportText(rows, format, STANDSTILL_MS_MAX, ending), {
        signal: ending.signal,
      })
      reply.headers({
        'content-type': TYPES[format],
        'content-disposition': `attachment; filename="${game}-events.${format}"`,
        vary: 'accept-encoding',
        'cache-control': 'no-store',
      })
      if (!acceptsGzip(request.headers['accept-encoding'])) return void reply.send(text)
      const gzip = createGzip({ level: constants.Z_BEST_SPEED })
      // Its errors reach the answer by way of `gzip`, which they destroy.
      pipeline(text, gzip, () => {})
      reply.header('content-encoding', 'gzip').send(gzip)
    },
  }
}

/** Whether the header names gzip with a weight above 0. */
function acceptsGzip(header = ''): boolean {
  return header.split(',').some((coding) => /^\s*gzip\s*(;\s*q=(0\.0*[1-9]|1).*)?$/i.test(coding))
}
