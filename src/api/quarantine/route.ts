// The quarantine under /v1/games/{game}/rejections: its groups, single ones, and replay.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { RequestProblem } from '../../contract/answer.ts'
import { PAGE_EVENTS_DEFAULT, REPLAY_BYTES_MAX } from '../../contract/limits.ts'
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
import { QUERY_PROBLEM_RESPONSES } from '../server/errors.ts'
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
const DESCRIBED = { tags: ['quarantine'], security: [{ key: [] }, { header: [] }] }

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
        summary: 'Rejected events by reason, name and app_version',
        response: { 200: RejectionGroupsSchema, ...QUERY_PROBLEM_RESPONSES },
      },
    },
    (request) => parts.readRejectionGroups(keyOf(request).game_id),
  )

  app.get(
    `${PATH}/list`,
    {
      schema: {
        ...described,
        summary: 'Rejected events one by one, newest first',
        querystring: RejectionsQuerySchema,
        response: { 200: RejectionsPageSchema, ...QUERY_PROBLEM_RESPONSES },
      },
    },
    (request) => {
      const { limit, cursor, reason, name, app_version } = request.query
      const page = { limit: limit ?? PAGE_EVENTS_DEFAULT, cursor }
      return parts.readRejections(keyOf(request).game_id, page, { reason, name, app_version })
    },
  )

  app.post(
    `${PATH}/replay`,
    {
      onRequest: [parts.refuse, parts.hold],
      schema: {
        ...described,
        summary: 'Send rejected events again, corrected where that is asked for',
        body: ReplayRequestSchema,
        response: { 200: ReplayAnswerSchema, ...QUERY_PROBLEM_RESPONSES },
      },
    },
    (request) => {
      const share = shareOf(request)
      share.add(REPLAY_BYTES_MAX)
      return share.during(() => replayRejections(parts, keyOf(request).game_id, request.body))
    },
  )

  oneRejectionRoute(fastify, parts)
}

function oneRejectionRoute(fastify: FastifyInstance, { readRejection }: RejectionsParts): void {
  fastify.withTypeProvider<TypeBoxTypeProvider>().get(
    `${PATH}/:rejection_id`,
    {
      schema: {
        ...DESCRIBED,
        summary: 'One rejected event in full',
        params: RejectionParamsSchema,
        response: { 200: StoredRejectionSchema, ...QUERY_PROBLEM_RESPONSES },
      },
    },
    async (request) => {
      const rejection = await readRejection(keyOf(request).game_id, request.params.rejection_id)
      if (rejection) return rejection
      throw new RequestProblem('not_found', 'Rejection not found. It may have expired.')
    },
  )
}
