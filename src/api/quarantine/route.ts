// The quarantine under /v1/games/{game}/rejections: its groups, single ones, and replay.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { RequestProblem } from '../../contract/answer.ts'
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
import { GameParamsSchema } from '../../contract/reading.ts'
import type { RejectionFilter } from '../../storage/quarantine/rejections.ts'
import { keyOf } from '../admission/authenticate.ts'
import { type AdmissionHooks, shareOf } from '../admission/in-flight.ts'
import { gameProblems, KEY_IN_HEADER } from '../server/openapi.ts'
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

const PATH = '/rejections'
const DESCRIBED = { tags: ['quarantine'], security: KEY_IN_HEADER }

export async function rejectionsRoutes(
  fastify: FastifyInstance,
  parts: RejectionsParts & AdmissionHooks,
): Promise<void> {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>()
  const described = { ...DESCRIBED, params: GameParamsSchema }

  app.get(
    PATH,
    {
      schema: {
        ...described,
        operationId: 'listRejectionGroups',
        summary: 'List rejected events by group',
        response: { 200: RejectionGroupsSchema, ...gameProblems() },
      },
    },
    (request) => parts.readRejectionGroups(keyOf(request).game_id),
  )

  app.get(
    `${PATH}/list`,
    {
      schema: {
        ...described,
        operationId: 'listRejections',
        summary: 'List rejected events, newest first',
        querystring: RejectionsQuerySchema,
        response: { 200: RejectionsPageSchema, ...gameProblems() },
      },
    },
    (request) => {
      const { limit, cursor, reason, name, app_version } = request.query
      const page = { limit: limit ?? PAGE_EVENTS_DEFAULT, cursor }
      return parts.readRejections(keyOf(request).game_id, page, { reason, name, app_version })
    },
  )

  replayRoute(fastify, parts)
  oneRejectionRoute(fastify, parts)
}

function replayRoute(fastify: FastifyInstance, parts: RejectionsParts & AdmissionHooks): void {
  fastify.withTypeProvider<TypeBoxTypeProvider>().post(
    `${PATH}/replay`,
    {
      onRequest: [parts.refuse, parts.hold],
      schema: {
        ...DESCRIBED,
        params: GameParamsSchema,
        operationId: 'replayRejections',
        summary: 'Send rejected events again',
        description: `Sends rejected events again as new events, with a field renamed if the request has \`rename\`. A repeated replay stores an event once. One request replays at most ${REPLAY_EVENTS_MAX} events and ${REPLAY_BYTES_MAX / 1024 / 1024} MiB.`,
        body: ReplayRequestSchema,
        response: {
          200: ReplayAnswerSchema,
          ...gameProblems('invalid_body', 'body_too_large', 'unsupported_content_type'),
        },
      },
    },
    (request) => {
      const share = shareOf(request)
      share.add(REPLAY_BYTES_MAX)
      return share.during(() => replayRejections(parts, keyOf(request).game_id, request.body))
    },
  )
}

function oneRejectionRoute(fastify: FastifyInstance, { readRejection }: RejectionsParts): void {
  fastify.withTypeProvider<TypeBoxTypeProvider>().get(
    `${PATH}/:rejection_id`,
    {
      schema: {
        ...DESCRIBED,
        operationId: 'getRejection',
        summary: 'Get one rejected event',
        params: RejectionParamsSchema,
        response: { 200: StoredRejectionSchema, ...gameProblems('not_found') },
      },
    },
    async (request) => {
      const rejection = await readRejection(keyOf(request).game_id, request.params.rejection_id)
      if (rejection) return rejection
      throw new RequestProblem('not_found', 'Rejection not found. It may have expired.')
    },
  )
}
