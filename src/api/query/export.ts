// GET /v1/games/{game}/events.ndjson and events.csv: all stored events that match, in one file. An error in the middle of the
// file breaks the connection, so that a client does not take an incomplete file for a complete one.
import { pipeline, Readable } from 'node:stream'
import { constants, createGzip } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { RequestProblem } from '../../contract/answer.ts'
import { CsvQuerySchema, NdjsonQuerySchema } from '../../contract/reading.ts'
import type { FoundDownload } from '../../storage/events/downloads.ts'
import type { ExportFormat, ExportRow, ExportSelection } from '../../storage/events/export-events.ts'
import type { EventFilter } from '../../storage/events/read-events.ts'
import type { WriteWindow } from '../../storage/events/write-window.ts'
import type { Key } from '../../storage/games/games.ts'
import { keyOf } from '../admission/authenticate.ts'
import type { KeyRing } from '../admission/key-ring.ts'
import { placesByGame } from '../admission/places.ts'
import { gameSchema, type TypedApp } from '../server/game-schema.ts'
import { exportText } from './export-text.ts'
import { queryTimes } from './query-times.ts'

/** The exports that one process runs at the same time. Each takes a connection to the database. */
export const EXPORTS_MAX = 2
/** A running export asks this often whether its key is in force. */
const KEY_CHECK_MS = 1_000
/** An export ends when the client reads nothing for this long. */
const STANDSTILL_MS_MAX = 60_000

const TYPES = { ndjson: 'application/x-ndjson', csv: 'text/csv; charset=utf-8; header=present' }
const OPERATIONS = { ndjson: 'exportEventsAsNdjson', csv: 'exportEventsAsCsv' }
const QUERIES = { ndjson: NdjsonQuerySchema, csv: CsvQuerySchema }

/** Resolves when the first rows are there. */
export type ExportEvents = (
  gameId: number,
  filter: ExportSelection,
  format: ExportFormat,
  signal: AbortSignal,
) => Promise<AsyncIterable<ExportRow[]>>

/** The exports of this process. */
export interface Exports {
  /** @throws RequestProblem `unavailable` if {@link EXPORTS_MAX} exports run, `too_many_requests` if one of this game runs */
  assertPlace(key: Pick<Key, 'game_id'>): void
  /**
   * Resolves when the answer has begun.
   * @throws RequestProblem as `assertPlace` does
   */
  send(
    request: FastifyRequest,
    reply: FastifyReply,
    download: FoundDownload & { filter: ExportSelection; isRaw?: boolean },
  ): Promise<void>
}

export interface ExportParts {
  exports: Exports
}

export interface ExportStore {
  readWriteWindow: (since: string | undefined) => Promise<WriteWindow & { next_cursor: string }>
}

export function exportRoutes(app: TypedApp, { exports, readWriteWindow }: ExportParts & ExportStore): void {
  for (const format of ['ndjson', 'csv'] as const) {
    app.get(`/events.${format}`, {
      exposeHeadRoute: false,
      schema: gameSchema(exportResponse(format), {
        tags: ['reading'],
        operationId: OPERATIONS[format],
        summary: `Export stored events as ${format.toUpperCase()}`,
        description:
          'Returns all stored events that match, oldest first. The file is gzipped if the client accepts gzip. If the connection closes before the end of the answer, the file is incomplete.',
        querystring: QUERIES[format],
      }),
      async handler(request, reply) {
        const { key_hash, game_id, game } = keyOf(request)
        const { since, ...query } = request.query
        exports.assertPlace({ game_id })
        const filter: ExportSelection = exportFilter(query)
        if (since !== undefined) {
          const { next_cursor, ...window } = await readWriteWindow(since === 'start' ? undefined : since)
          filter.window = window
          reply.header('playtrace-next-cursor', next_cursor)
        }
        const isRaw = 'raw' in query && query.raw === '1'
        await exports.send(request, reply, { key_hash, game_id, game, format, filter, isRaw })
        return reply
      },
    })
  }
}

/** For the schema of a route that sends an export. */
export const exportResponse = (...formats: ExportFormat[]) => ({
  description:
    'The file. NDJSON has one StoredEvent in each line. CSV has one event in each line, and the names of the columns in the first line.',
  headers: {
    'Content-Disposition': Type.String({ description: 'The name of the file.' }),
    'Content-Encoding': Type.String({ description: '`gzip`, or absent.' }),
    'Playtrace-Next-Cursor': Type.String({ description: 'With `since`: the `since` of the next export.' }),
  },
  content: Object.fromEntries(formats.map((format) => [TYPES[format], { schema: Type.String() }])),
})

/** @throws RequestProblem `invalid_query` */
export function exportFilter(query: Omit<Static<typeof NdjsonQuerySchema>, 'since'>): EventFilter {
  const { name, player_id, session_id, country, seq } = query
  return { name, player_id, session_id, country, seq, ...queryTimes(query) }
}

export function runExports(app: FastifyInstance, exportEvents: ExportEvents, keys: KeyRing): Exports {
  const underWay = new Set<AbortController>()
  const places = placesByGame(1, 'This game runs an export in this process already. Wait until it has ended.')
  // An export may take longer than a drain. Its client sees that the connection breaks.
  app.addHook('preClose', async () => {
    for (const ending of underWay) ending.abort(new Error('The process drains.'))
  })
  const assertPlace: Exports['assertPlace'] = (key) => {
    places.assertFree(key)
    if (underWay.size < EXPORTS_MAX) return
    throw new RequestProblem(
      'unavailable',
      `This process runs at most ${EXPORTS_MAX} exports at a time. Try again later.`,
    )
  }
  return {
    assertPlace,
    async send(request, reply, { key_hash, game_id, game, filter, format, isRaw }) {
      assertPlace({ game_id })
      // After an earlier await the client may be gone, and then 'close' does not come again.
      if (reply.raw.destroyed) throw new RequestProblem('unavailable', 'The client went away.')
      const leave = places.take({ game_id })
      const ending = new AbortController()
      underWay.add(ending)
      const check = setInterval(() => {
        if (!keys.isInForce({ key_hash })) ending.abort(new Error('The key is no longer in force.'))
      }, KEY_CHECK_MS)
      reply.raw.once('close', () => {
        clearInterval(check)
        leave()
        underWay.delete(ending)
        ending.abort(new Error('The client went away.'))
      })
      // The first rows may take longer than the limit of an idle connection.
      reply.raw.setTimeout(0)
      const rows = await exportEvents(game_id, filter, format, ending.signal)
      const text = Readable.from(exportText(rows, isRaw ? 'raw_csv' : format, STANDSTILL_MS_MAX, ending), {
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
      // An error destroys `gzip`, and thereby the answer.
      pipeline(text, gzip, () => {})
      reply.header('content-encoding', 'gzip').send(gzip)
    },
  }
}

/** Whether the header names gzip with a weight above 0. */
function acceptsGzip(header = ''): boolean {
  return header.split(',').some((coding) => /^\s*gzip\s*(;\s*q=(0\.0*[1-9]|1).*)?$/i.test(coding))
}
