// GET /v1/games/{game}/reports/…, properties and players/{player_id}: docs/reports.md defines each figure.
import type { Static, TSchema } from 'typebox'
import { RequestProblem } from '../../contract/answer.ts'
import { PlayerParamsSchema, PlayerProfileSchema } from '../../contract/player.ts'
import {
  FunnelQuerySchema,
  FunnelSchema,
  LevelsQuerySchema,
  LevelsSchema,
  RetentionQuerySchema,
  RetentionSchema,
} from '../../contract/progress-reports.ts'
import {
  EVENTS_RANGE_DAYS_MAX,
  FUNNEL_WINDOW_HOURS_DEFAULT,
  STOPPED_AFTER_DAYS_DEFAULT,
} from '../../contract/report-limits.ts'
import {
  DataQualitySchema,
  DayRangeQuerySchema,
  OverviewReportSchema,
  PropertiesQuerySchema,
  ResourcesSchema,
  RevenueSchema,
  SeenPropertiesSchema,
} from '../../contract/reports.ts'
import { TimeseriesQuerySchema, TimeseriesSchema } from '../../contract/timeseries.ts'
import type { DayRange } from '../../storage/reports/day-range.ts'
import type { ReportReaders } from '../../storage/reports/report-readers.ts'
import { keyOf } from '../admission/authenticate.ts'
import { gameSchema, type TypedApp } from '../server/game-schema.ts'
import { sendJsonText } from '../server/send-json-text.ts'
import { dayRange, invalidQuery, utcDay } from './query-times.ts'
import { timeseriesRequest } from './timeseries-request.ts'

export interface ReportsParts {
  reportReaders: ReportReaders
  now: () => number
}

export function reportsRoutes(app: TypedApp, parts: ReportsParts): void {
  rangeRoutes(app, parts)
  chosenRoutes(app, parts)
  playerRoute(app, parts.reportReaders)
}

/** Reports whose query is a range of days. */
function rangeRoutes(app: TypedApp, { reportReaders, now }: ReportsParts): void {
  const addRoute = (
    path: string,
    operationId: string,
    summary: string,
    answer: TSchema,
    read: (gameId: number, range: DayRange) => Promise<string>,
  ) =>
    addReport(app, path, {
      operationId,
      summary,
      querystring: DayRangeQuerySchema,
      answer,
      read: (gameId, query) => read(gameId, dayRange(query, now())),
    })

  addRoute(
    'reports/overview',
    'getOverviewReport',
    'Get players, sessions, events and revenue',
    OverviewReportSchema,
    (gameId, range) => reportReaders.overview(gameId, range, now()),
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
  addRoute(
    'reports/data-quality',
    'getDataQualityReport',
    'Get what is stored and not counted',
    DataQualitySchema,
    reportReaders.dataQuality,
  )
}

/** Reports whose query has more than a range of days. */
function chosenRoutes(app: TypedApp, { reportReaders, now }: ReportsParts): void {
  addReport(app, 'reports/timeseries', {
    operationId: 'getTimeseriesReport',
    summary: 'Get a figure over time',
    querystring: TimeseriesQuerySchema,
    answer: TimeseriesSchema,
    read: (gameId, query) => reportReaders.timeseries(gameId, timeseriesRequest(query, now())),
  })
  addReport(app, 'reports/retention', {
    operationId: 'getRetentionReport',
    summary: 'Get the retention of new players',
    querystring: RetentionQuerySchema,
    answer: RetentionSchema,
    read: (gameId, { by = 'day', ...query }) =>
      reportReaders.retention(gameId, dayRange(query, now()), by, utcDay(now())),
  })
  addReport(app, 'reports/levels', {
    operationId: 'getLevelsReport',
    summary: 'Get attempts, completions and stopped players by level',
    querystring: LevelsQuerySchema,
    answer: LevelsSchema,
    read: (gameId, { stopped_after_days = STOPPED_AFTER_DAYS_DEFAULT, ...query }) =>
      reportReaders.levels(gameId, dayRange(query, now()), utcDay(now()), stopped_after_days),
  })
  addReport(app, 'reports/funnel', {
    operationId: 'getFunnelReport',
    summary: 'Get how many players completed each step of a funnel',
    querystring: FunnelQuerySchema,
    answer: FunnelSchema,
    read(gameId, { step, window_hours = FUNNEL_WINDOW_HOURS_DEFAULT, first = 'ever', ...query }) {
      // Two steps of one name would be one event.
      if (new Set(step).size < step.length) throw invalidQuery('step', 'Funnel steps must be different event names.')
      if (first === 'ever') return reportReaders.funnel(gameId, dayRange(query, now()), step, window_hours)
      const range = dayRange(query, now(), EVENTS_RANGE_DAYS_MAX)
      return reportReaders.funnelInRange(gameId, range, step, window_hours)
    },
  })
  addReport(app, 'properties', {
    operationId: 'getProperties',
    summary: 'Get the names, properties and values that occur',
    querystring: PropertiesQuerySchema,
    answer: SeenPropertiesSchema,
    read: (gameId, { name, ...query }) => reportReaders.properties(gameId, dayRange(query, now()), name),
  })
}

interface Report<Query extends TSchema> {
  operationId: string
  summary: string
  querystring: Query
  answer: TSchema
  /** Returns the JSON of the answer. */
  read: (gameId: number, query: Static<Query>) => Promise<string>
}

function addReport<Query extends TSchema>(
  app: TypedApp,
  path: string,
  { answer, read, ...described }: Report<Query>,
): void {
  app.get(`/${path}`, {
    schema: gameSchema(answer, { tags: ['reports'], ...described }),
    handler: async (request, reply) =>
      sendJsonText(reply, await read(keyOf(request).game_id, request.query as Static<Query>)),
  })
}

function playerRoute(app: TypedApp, { player }: Pick<ReportReaders, 'player'>): void {
  app.get('/players/:player_id', {
    schema: gameSchema(
      PlayerProfileSchema,
      {
        tags: ['reports'],
        operationId: 'getPlayer',
        summary: 'Get one player and the latest sessions',
        params: PlayerParamsSchema,
      },
      'not_found',
    ),
    async handler(request, reply) {
      const profile = await player(keyOf(request).game_id, request.params.player_id)
      if (profile !== undefined) return sendJsonText(reply, profile)
      throw new RequestProblem('not_found', 'Player not found. No event of this player is stored.')
    },
  })
}
