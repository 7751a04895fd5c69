// The routes below /v1/games/{game}/rejections: groups of rejections, single rejections, and replay.
import { RequestProblem } from '../../contract/answer.ts'
import { MAY_MANAGE } from '../../contract/key.ts'
import { PAGE_EVENTS_DEFAULT, REPLAY_BYTES_MAX, REPLAY_EVENTS_MAX } from '../../contract/limits.ts'
import {
  type RejectionGroups,
  RejectionGroupsSchema,
  RejectionParamsSchema,
  type RejectionsPage,
  RejectionsPageSchema,
  RejectionsQuerySchema,
  ReplayAnswerSchema,
  ReplayRequestSchema,
  type StoredRejection,
  StoredRejectionSchema,
} from '../../contract/quarantine.ts'
import type { RejectionFilter } from '../../storage/quarantine/rejections.ts'
import { keyOf } from '../admission/authenticate.ts'
import { type AdmissionHooks, shareOf } from '../admission/in-flight.ts'
import { gameSchema, type TypedApp } from '../server/game-schema.ts'
import { type ReplayParts, replayRejections } from './replay-rejections.ts'

export interface RejectionsParts extends ReplayParts {
  readRejections: (
    gameId: number,
    page: { limit: number; cursor: string | undefined },
    filter: RejectionFilter,
  ) => Promise<RejectionsPage>
  readRejectionGroups: (gameId: number) => Promise<RejectionGroups>
  readRejection: (gameId: number, rejectionId: string) => Promise<StoredRejection | undefined>
}

const tags = ['quarantine']

export function rejectionsRoutes(app: TypedApp, parts: RejectionsParts & AdmissionHooks): void {
  app.get('/rejections', {
    schema: gameSchema(RejectionGroupsSchema, {
      tags,
      operationId: 'listRejectionGroups',
      summary: 'List rejected events by group',
    }),
    handler: (request) => parts.readRejectionGroups(keyOf(request).game_id),
  })

  app.get('/rejections/list', {
    schema: gameSchema(RejectionsPageSchema, {
      tags,
      operationId: 'listRejections',
      summary: 'List rejected events, newest first',
      querystring: RejectionsQuerySchema,
    }),
    handler(request) {
      const { limit = PAGE_EVENTS_DEFAULT, cursor, reason, name, app_version } = request.query
      return parts.readRejections(keyOf(request).game_id, { limit, cursor }, { reason, name, app_version })
    },
  })

  replayRoute(app, parts)
  rejectionRoute(app, parts)
}

function replayRoute(app: TypedApp, parts: ReplayParts & AdmissionHooks): void {
  app.post('/rejections/replay', {
    config: { kinds: MAY_MANAGE },
    onRequest: [parts.refuse, parts.hold],
    schema: gameSchema(
      ReplayAnswerSchema,
      {
        tags,
        operationId: 'replayRejections',
        summary: 'Send rejected events again',
        description: `Needs an admin or installation key. Sends rejected events again as new events, with a field renamed if the request has \`rename\`. A repeated replay stores an event once. One request replays at most ${REPLAY_EVENTS_MAX} events and ${REPLAY_BYTES_MAX / 1024 / 1024} MiB.`,
        body: ReplayRequestSchema,
      },
      'invalid_body',
      'body_too_large',
      'unsupported_content_type',
    ),
    handler(request) {
      const share = shareOf(request)
      share.add(REPLAY_BYTES_MAX)
      return share.during(() => replayRejections(parts, keyOf(request), request.body))
    },
  })
}

function rejectionRoute(app: TypedApp, { readRejection }: Pick<RejectionsParts, 'readRejection'>): void {
  app.get('/rejections/:rejection_id', {
    schema: gameSchema(
      StoredRejectionSchema,
      {
        tags,
        operationId: 'getRejection',
        summary: 'Get one rejected event',
        params: RejectionParamsSchema,
      },
      'not_found',
    ),
    async handler(request) {
      const rejection = await readRejection(keyOf(request).game_id, request.params.rejection_id)
      if (rejection) return rejection
      throw new RequestProblem('not_found', 'Rejection not found. It may have expired.')
    },
  })
}
