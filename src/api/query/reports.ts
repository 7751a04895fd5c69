// GET /v1/games/{game}/reports/…, properties and players/{player_id}: docs/reports.md defines each figure.
import type { FastifyInstance } from 'fastify'
import type { Static, TSchema } from 'typebox'
import { RequestProblem } from '../../contract/answer.ts'
import { PlayerParamsSchema, PlayerProfileSchema } from '../../contract/player.ts'
import { GameParamsSchema } from '../../contract/reading.ts'
import { FUNNEL_WINDOW_HOURS_DEFAULT } from '../../contract/report-limits.ts'
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
import { keyOf } from '../admission/authenticate.ts'
import { gameProblems, KEY_IN_HEADER } from '../server/openapi.ts'
import { sendJsonText } from '../server/send-json-text.ts'
import { dayRange, utcDay } from './query-times.ts'
import { timeseriesRequest } from './timeseries-request.ts'

export interface ReportsParts {
  reportReaders: ReportReaders
  now: () => number
}

const DESCRIBED = { tags: ['reports'], security: KEY_IN_HEADER }

export async function reportsRoutes(app: FastifyInstance, parts: ReportsParts): Promise<void> {
  rangeRoutes(app, parts)
  chosenRoutes(app, parts)
  playerRoute(app, parts)
}

/** Reports whose query is a range of days. */
function rangeRoutes(app: FastifyInstance, { reportReaders, now }: ReportsParts): void {
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

function chosenRoutes(app: FastifyInstance, { reportReaders, now }: ReportsParts): void {
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

/** A funnel compares first times, and one name has only one. */
function differentSteps(steps: string[]): string[] {
  if (new Set(steps).size === steps.length) return steps
  throw new RequestProblem('invalid_query', 'Funnel steps must be different event names.', '/step')
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
    `/${path}`,
    {
      schema: {
        ...DESCRIBED,
        operationId,
        summary,
        params: GameParamsSchema,
        querystring: query,
        response: { 200: answer, ...gameProblems() },
      },
    },
    async (request, reply) =>
      sendJsonText(reply, await read(keyOf(request).game_id, request.query as Static<Query>)),
  )
}

function playerRoute(app: FastifyInstance, { reportReaders }: ReportsParts): void {
  app.get<{ Params: Static<typeof PlayerParamsSchema> }>(
    '/players/:player_id',
    {
      schema: {
        ...DESCRIBED,
        operationId: 'getPlayer',
        summary: 'Get one player and the latest sessions',
        params: PlayerParamsSchema,
        response: { 200: PlayerProfileSchema, ...gameProblems('not_found') },
      },
    },
    async (request, reply) => {
      const profile = await reportReaders.player(keyOf(request).game_id, request.params.player_id)
      if (profile === undefined)
        throw new RequestProblem('not_found', 'Player not found. No event of this player is stored.')
      return sendJsonText(reply, profile)
    },
  )
}
