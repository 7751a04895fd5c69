// What a game team asks for, under /v1/games/{game}/, with the game's admin key: docs/reports.md defines each figure.
import type { FastifyInstance } from 'fastify'
import type { Static, TSchema } from 'typebox'
import { RequestProblem } from '../../contract/answer.ts'
import { FUNNEL_WINDOW_HOURS_DEFAULT } from '../../contract/limits.ts'
import { PlayerParamsSchema, PlayerProfileSchema } from '../../contract/player.ts'
import { GameParamsSchema } from '../../contract/reading.ts'
import {
  DayRangeQuerySchema,
  FunnelQuerySchema,
  FunnelSchema,
  LevelsSchema,
  OverviewReportSchema,
  PropertiesQuerySchema,
  ResourcesSchema,
  RetentionQuerySchema,
  RetentionSchema,
  RevenueSchema,
  SeenPropertiesSchema,
} from '../../contract/reports.ts'
import { TimeseriesQuerySchema, TimeseriesSchema } from '../../contract/timeseries.ts'
import type { ReportReaders } from '../../storage/reports/report-readers.ts'
import { keyOf, requireKey } from '../admission/authenticate.ts'
import type { KeyRing } from '../admission/key-ring.ts'
import type { RateLimitHooks } from '../admission/rate-limits.ts'
import { KEY_IN_HEADER, problems } from '../server/openapi.ts'
import { dayRange, utcDay } from './day-range.ts'
import { timeseriesRequest } from './timeseries-request.ts'

export interface ReportsRouteParts extends RateLimitHooks {
  keys: KeyRing
  reportReaders: ReportReaders
  now: () => number
}

const GAME = '/v1/games/:game'
const DESCRIBED = { tags: ['reports'], security: KEY_IN_HEADER }

export async function reportsRoutes(app: FastifyInstance, parts: ReportsRouteParts): Promise<void> {
  app.addHook('onRequest', parts.limitAddress)
  app.addHook('onRequest', requireKey(parts.keys, 'admin'))
  app.addHook('onRequest', parts.limitKey)
  rangeRoutes(app, parts)
  chosenRoutes(app, parts)
  playerRoute(app, parts)
}

/** Those that ask for a range of days and nothing else. */
function rangeRoutes(app: FastifyInstance, { reportReaders, now }: ReportsRouteParts): void {
  const addRoute = (
    path: string,
    operationId: string,
    summary: string,
    answer: TSchema,
    read: (gameId: number, range: ReturnType<typeof dayRange>) => Promise<string>,
  ) =>
    addReading(app, { path, operationId, summary, query: DayRangeQuerySchema, answer }, (gameId, query) =>
      read(gameId, dayRange(query, now())),
    )

  addRoute(
    'reports/overview',
    'getOverviewReport',
    'Get players, sessions, events and revenue',
    OverviewReportSchema,
    reportReaders.overview,
  )
  addRoute(
    'reports/levels',
    'getLevelsReport',
    'Get attempts, completions and stopped players by level',
    LevelsSchema,
    (gameId, range) => reportReaders.levels(gameId, range, utcDay(now())),
  )
  addRoute(
    'reports/revenue',
    'getRevenueReport',
    'Get revenue, purchases and payers',
    RevenueSchema,
    reportReaders.revenue,
  )
  addRoute(
    'reports/resources',
    'getResourcesReport',
    'Get what players gained and spent of each resource',
    ResourcesSchema,
    reportReaders.resources,
  )
}

function chosenRoutes(app: FastifyInstance, { reportReaders, now }: ReportsRouteParts): void {
  addReading(
    app,
    {
      path: 'reports/timeseries',
      operationId: 'getTimeseriesReport',
      summary: 'Get a figure over time',
      query: TimeseriesQuerySchema,
      answer: TimeseriesSchema,
    },
    (gameId, query) => reportReaders.timeseries(gameId, timeseriesRequest(query, now())),
  )
  addReading(
    app,
    {
      path: 'reports/retention',
      operationId: 'getRetentionReport',
      summary: 'Get the retention of new players',
      query: RetentionQuerySchema,
      answer: RetentionSchema,
    },
    (gameId, { by = 'day', ...query }) =>
      reportReaders.retention(gameId, dayRange(query, now()), by, utcDay(now())),
  )
  addReading(
    app,
    {
      path: 'reports/funnel',
      operationId: 'getFunnelReport',
      summary: 'Get how many players completed each step of a funnel',
      query: FunnelQuerySchema,
      answer: FunnelSchema,
    },
    (gameId, { step, window_hours = FUNNEL_WINDOW_HOURS_DEFAULT, ...query }) =>
      reportReaders.funnel(gameId, dayRange(query, now()), differentSteps(step), window_hours),
  )
  addReading(
    app,
    {
      path: 'properties',
      operationId: 'getProperties',
      summary: 'Get the names, properties and values that occur',
      query: PropertiesQuerySchema,
      answer: SeenPropertiesSchema,
    },
    (gameId, { name, ...query }) => reportReaders.properties(gameId, dayRange(query, now()), name),
  )
}

/** Their first times would be one. */
function differentSteps(steps: string[]): string[] {
  if (new Set(steps).size === steps.length) return steps
  throw new RequestProblem(
    'invalid_query',
    'Each step must be another name: a funnel is of first times.',
    '/step',
  )
}

interface Described<Query extends TSchema> {
  path: string
  operationId: string
  summary: string
  query: Query
  answer: TSchema
}

/** A route whose answer leaves as the JSON text that was read. */
function addReading<Query extends TSchema>(
  app: FastifyInstance,
  { path, operationId, summary, query, answer }: Described<Query>,
  read: (gameId: number, query: Static<Query>) => Promise<string>,
): void {
  app.get(
    `${GAME}/${path}`,
    {
      schema: {
        ...DESCRIBED,
        operationId,
        summary,
        params: GameParamsSchema,
        querystring: query,
        response: { 200: answer, ...problems('invalid_query') },
      },
    },
    async (request, reply) =>
      reply.type('application/json').send(await read(keyOf(request).game_id, request.query as Static<Query>)),
  )
}

function playerRoute(app: FastifyInstance, { reportReaders }: ReportsRouteParts): void {
  app.get<{ Params: Static<typeof PlayerParamsSchema> }>(
    `${GAME}/players/:player_id`,
    {
      schema: {
        ...DESCRIBED,
        operationId: 'getPlayer',
        summary: 'Get one player and the latest sessions',
        params: PlayerParamsSchema,
        response: { 200: PlayerProfileSchema, ...problems('invalid_query', 'not_found') },
      },
    },
    async (request, reply) => {
      const profile = await reportReaders.player(keyOf(request).game_id, request.params.player_id)
      if (profile === undefined) throw new RequestProblem('not_found', 'No event of this player is stored.')
      return reply.type('application/json').send(profile)
    },
  )
}
