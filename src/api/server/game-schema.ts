// What the descriptions of all routes below /v1/games/{game} share.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifySchema,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { ProblemCode } from '../../contract/answer.ts'
import { NO_QUERY } from '../../contract/fields.ts'
import { GameParamsSchema } from '../../contract/reading.ts'
import { KEY_IN_HEADER, problems } from './openapi.ts'

/** A server that infers the types of a request from the schema of its route. */
export type TypedApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/**
 * The schema of a route that queries one game.
 * @param answer the schema of the answer 200
 * @param codes the errors that not every such route gives
 */
export function gameSchema<const Schema extends FastifySchema, Answer extends object>(
  answer: Answer,
  schema: Schema,
  ...codes: ProblemCode[]
): Schema & { response: { 200: Answer } } {
  return {
    security: KEY_IN_HEADER,
    params: GameParamsSchema,
    querystring: NO_QUERY,
    ...schema,
    response: { 200: answer, ...gameProblems(...codes) },
  }
}

/** The error answers of a route that queries one game. */
export const gameProblems = (...codes: ProblemCode[]) =>
  problems('unauthorized', 'forbidden', 'invalid_path', 'invalid_query', 'misdirected', 'query_timeout', ...codes)
