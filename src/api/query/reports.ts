// GET /v1/games/{game}/reports/…, properties and players/{player_id}: docs/reports.md defines each figure.
import type { FastifyInstance } from 'fastify'
import type { Static, TSchema } from 'typebox'
import { RequestProblem } from '../../contract/answer.ts'
import { FUNNEL_WINDOW_HOURS_DEFAULT } from '../../contract/limits.ts'
import { GameParamsSchema } from '../../contract/reading.ts'
import {
  DayRangeQuerySchema,
  FunnelQuerySchema,
  FunnelSchema,
  LevelsSchema,
  OverviewReportSchema,
  PlayerParamsSchema,
  PlayerProfileSchema,
  PropertiesQuerySchema,
  ResourcesSchema,
  RetentionQuerySchema,
  RetentionSchema,
  RevenueSchema,
  SeenPropertiesSchema,
  TimeseriesQuerySchema,
  TimeseriesSchema,
} from '../../contract/reports.ts'
import type { ReportReaders } from '../../storage/reports/report-readers.ts'
import { keyOf } from '../admission/authenticate.ts'
import { QUERY_PROBLEM_RESPONSES } from '../server/errors.ts'
import { sendJsonText } from '../server/send-json-text.ts'
import { dayRange, utcDay } from './query-times.ts'
import { timeseriesRequest } from './timeseries-request.ts'

export interface ReportsParts {
  reportReaders: ReportReaders
  now: () => number
}

const DESCRIBED = { tags: ['reports'], security: [{ key: [] }, { header: [] }] }

export async function reportsRoutes(app: FastifyInstance, parts: ReportsParts): Promise<void> {
  rangeRoutes(app, parts)
  chosenRoutes(app, parts)
  playerRoute(app, parts)
}

/** Reports whose query is a range of days. */
function rangeRoutes(app: FastifyInstance, { reportReaders, now }: ReportsParts): void {
  const addRoute = (
    path: string,
    summary: string,
    answer: TSchema,
    read: (gameId: number, range: ReturnType<typeof dayRange>) => Promise<string>,
  ) =>
    addReading(app, { path, summary, query: DayRangeQuerySchema, answer }, (gameId, query) =>
      read(gameId, dayRange(query, now())),
    )

  addRoute(
    'reports/overview',
    'Players, sessions, events and revenue, beside the period before',
    OverviewReportSchema,
    reportReaders.overview,
  )
  addRoute(
    'reports/levels',
    'Levels: tries, completions, and where players stop',
    LevelsSchema,
    (gameId, range) => reportReaders.levels(gameId, range, utcDay(now())),
  )
  addRoute(
    'reports/revenue',
    'Revenue by currency, who paid, and when first',
    RevenueSchema,
    reportReaders.revenue,
  )
  addRoute(
    'reports/resources',
    'What players gained and spent of each resource',
    ResourcesSchema,
    reportReaders.resources,
  )
}

function chosenRoutes(app: FastifyInstance, { reportReaders, now }: ReportsParts): void {
  addReading(
    app,
    {
      path: 'reports/timeseries',
      summary: 'A figure over time, split where asked',
      query: TimeseriesQuerySchema,
      answer: TimeseriesSchema,
    },
    (gameId, query) => reportReaders.timeseries(gameId, timeseriesRequest(query, now())),
  )
  addReading(
    app,
    {
      path: 'reports/retention',
      summary: 'Cohorts of players by first day or week, and who came back when',
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
      summary: 'How many players did one thing for the first time, then the next',
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
      summary: 'Names, properties and values that occur, for filters',
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
  summary: string
  query: Query
  answer: TSchema
}

/** A route whose answer leaves as the JSON text that was read. */
function addReading<Query extends TSchema>(
  app: FastifyInstance,
  { path, summary, query, answer }: Described<Query>,
  read: (gameId: number, query: Static<Query>) => Promise<string>,
): void {
  app.get(
    `/${path}`,
    {
      schema: {
        ...DESCRIBED,
        summary,
        params: GameParamsSchema,
        querystring: query,
        response: { 200: answer, ...QUERY_PROBLEM_RESPONSES },
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
        summary: 'One player: what is known of them, and their sessions',
        params: PlayerParamsSchema,
        response: { 200: PlayerProfileSchema, ...QUERY_PROBLEM_RESPONSES },
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
