// Builds the HTTP server: plugins, error answers and routes, in the order in which they apply.
import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { MAY_READ } from '../contract/key.ts'
import { PLAYER_ID_LENGTH_MAX } from '../contract/limits.ts'
import { type Admission, type AdmissionParts, addAdmission } from './admission/admission.ts'
import { refuseOtherHosts } from './admission/allowed-hosts.ts'
import { requireKey } from './admission/authenticate.ts'
import type { ShedReason } from './admission/overload.ts'
import { takeReadingTurns } from './admission/reading-turns.ts'
import { sessionRoutes } from './admission/session-route.ts'
import { type EventsParts, eventsRoute } from './events/route.ts'
import { type LiveParts, liveRoute } from './live/route.ts'
import { type DashboardParts, dashboardRoutes } from './operations/dashboard.ts'
import { type OperationsParts, type OperationsRouteParts, operationsRoutes } from './operations/route.ts'
import { type RejectionsParts, rejectionsRoutes } from './quarantine/route.ts'
import { type BatchParts, batchRoute } from './query/batch.ts'
import { type DownloadStore, downloadRoute, makeDownloadRoute } from './query/download.ts'
import { type ReadingParts, readingRoutes } from './query/events.ts'
import { type ExplainParts, explainRoute } from './query/explain.ts'
import { type ExportEvents, type ExportParts, type ExportStore, exportRoutes, runExports } from './query/export.ts'
import { keyRoute } from './query/key.ts'
import { type ReportsParts, reportsRoutes } from './query/reports.ts'
import { endConnectionsOnClose } from './server/end-connections.ts'
import { handleErrors, sendProblem, writeProblem } from './server/errors.ts'
import { openApiDocument } from './server/openapi.ts'
import { securityHeaders } from './server/security-headers.ts'

/** The parts of the API. Each folder declares its own parts beside its routes. */
export interface AppParts extends AdmissionParts, EventsParts, GameParts, OperationsParts, DashboardParts {
  log: FastifyBaseLogger
  version: string
  /** The proxies whose X-Forwarded-For is believed: their number, or addresses and CIDRs. Absent: none. */
  trustProxy?: number | string | undefined
  /** The host names by which the reading routes and the dashboard answer. Absent: any. */
  allowedHosts?: readonly string[] | undefined
}

/** The parts of the routes of one game, and of its download links. */
interface GameParts
  extends ReadingParts,
    ReportsParts,
    DownloadStore,
    ExportStore,
    ExplainParts,
    BatchParts,
    LiveParts,
    RejectionsParts {
  exportEvents: ExportEvents
}

/** The part of a URL before its path, with the slash. */
const WHOLE_URL = /^https?:\/\/[^/?]*\/?/i
/** The time for the headers of a request, and for the whole request. */
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
/** The interval of the checks of these times. */
const TIMEOUTS_CHECK_MS = 5_000
/** A connection without any traffic for this long is closed: its client is gone, or does not read the answer. */
const SOCKET_IDLE_MS_MAX = 60_000
/** Longer than proxies keep their connections, so that no proxy sends into a connection that closes. */
const KEEP_ALIVE_MS = 72_000
/** The connections of one process. A further connection is closed at once. */
const CONNECTIONS_MAX = 4_000
/** The length of one part of a path as sent: a player's id with each character percent-encoded. */
const PARAM_LENGTH_MAX = PLAYER_ID_LENGTH_MAX * 12

export async function buildApp(parts: AppParts): Promise<FastifyInstance> {
  const app = openServer(parts.log, parts.metrics.countShed, parts.trustProxy)
  app.setValidatorCompiler(TypeBoxValidatorCompiler)
  securityHeaders(app)
  const admission = await addAdmission(app, parts)
  await openApiDocument(app, parts.version)

  await app.register(eventsRoute, { ...parts, ...admission })
  await app.register(otherRoutes, { ...parts, ...admission })
  return app
}

/** Every route except those that take events, and the documentation. A game may send events by any name of the server. */
async function otherRoutes(app: FastifyInstance, parts: AppParts & Admission): Promise<void> {
  if (parts.allowedHosts) refuseOtherHosts(app, parts.allowedHosts)
  keyRoute(app, parts)
  sessionRoutes(app, parts)
  const exports = runExports(app, parts.exportEvents, parts.keys)
  downloadRoute(app.withTypeProvider<TypeBoxTypeProvider>(), { ...parts, exports })
  await app.register(async (game) => gameRoutes(game, { ...parts, exports }), {
    prefix: '/v1/games/:game',
  })
  await app.register(dashboardRoutes, parts)
  await app.register(operationsRoutes, parts)
}

/** The routes of one game. requireKey compares the key's game with the path's. A route that changes something names its kinds. */
function gameRoutes(scope: FastifyInstance, parts: GameParts & ExportParts & Admission): void {
  const game = scope.withTypeProvider<TypeBoxTypeProvider>()
  game.addHook('onRequest', parts.limitAddress)
  game.addHook('onRequest', requireKey(parts.keys, MAY_READ, parts.sessions))
  game.addHook('onRequest', parts.limitKey)
  exportRoutes(game, parts)
  liveRoute(game, parts)
  game.register(async (reading) => databaseRoutes(reading, parts))
}

/** The routes that share the connections for reading. */
function databaseRoutes(scope: FastifyInstance, parts: GameParts & ExportParts & Admission): void {
  takeReadingTurns(scope)
  const game = scope.withTypeProvider<TypeBoxTypeProvider>()
  readingRoutes(game, parts)
  reportsRoutes(game, parts)
  makeDownloadRoute(game, parts)
  explainRoute(game, parts)
  batchRoute(game, parts)
  rejectionsRoutes(game, parts)
}

/** The server of a worker, which has only the operations routes. */
export async function operationsApp(
  parts: OperationsRouteParts & { log: FastifyBaseLogger },
): Promise<FastifyInstance> {
  const app = openServer(parts.log)
  await app.register(operationsRoutes, parts)
  return app
}

function openServer(
  log: FastifyBaseLogger,
  countShed: (reason: ShedReason) => void = () => {},
  trustProxy: number | string | undefined = undefined,
): FastifyInstance {
  const app = Fastify({
    loggerInstance: log,
    trustProxy: typeof trustProxy === 'number' ? (_address, hop) => hop < trustProxy : (trustProxy ?? false),
    // A log line would cost more than a request. Errors are logged, and the metrics count the rest.
    logController: new LogController({ disableRequestLogging: true }),
    // Making a logger for each request would cost more than writing the few lines of the log.
    childLoggerFactory: (logger) => logger,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: TIMEOUTS_CHECK_MS },
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: SOCKET_IDLE_MS_MAX,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // A request that arrives during a drain is served, because the queue closes after the server.
    return503OnClosing: false,
    // A request target may be a whole URL (RFC 9112, 3.2.2).
    rewriteUrl: ({ url = '/' }) => (url.startsWith('/') ? url : url.replace(WHOLE_URL, '/')),
    // Some clients join a URL that ends with a slash and a path that begins with one.
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX, ignoreDuplicateSlashes: true, ignoreTrailingSlash: true },
    frameworkErrors: sendProblem,
    clientErrorHandler: writeProblem,
  }) as FastifyInstance
  app.server.maxConnections = CONNECTIONS_MAX
  // Otherwise Node answers 417 without a body. A server may ignore an expectation that it does not know (RFC 9110, 10.1.1).
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
  // Answers that need serializing are small. Large ones are JSON text already.
  app.setSerializerCompiler(() => JSON.stringify)
  handleErrors(app, countShed)
  endConnectionsOnClose(app)
  return app
}
