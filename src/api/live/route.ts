// GET /v1/games/{game}/live: stored and rejected events as they come, as server-sent events.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { LiveQuerySchema } from '../../contract/live.ts'
import { GameParamsSchema } from '../../contract/reading.ts'
import { keyOf, sentKey } from '../admission/authenticate.ts'
import type { KeyRing } from '../admission/key-ring.ts'
import { QUERY_PROBLEM_RESPONSES } from '../server/errors.ts'
import type { TailSources } from './poll.ts'
import { liveTail } from './tail.ts'

export type LiveParts = Omit<TailSources, 'log'>

export async function liveRoute(
  fastify: FastifyInstance,
  parts: LiveParts & { keys: KeyRing },
): Promise<void> {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>()
  const tail = liveTail({ ...parts, log: fastify.log })
  app.addHook('preClose', async () => tail.drain())

  app.get(
    '/live',
    {
      exposeHeadRoute: false,
      schema: {
        tags: ['reading'],
        security: [{ key: [] }, { header: [] }],
        params: GameParamsSchema,
        summary: 'Stored and rejected events as they come',
        description: `Server-sent events, each with one line of JSON: \`stored\` (as in events), \`rejected\` (as in
rejections/list), \`rates\` every second, \`skipped\` (how many were left out, where too many came at once), \`trouble\` (the
database does not answer; the stream continues when it does) and \`dropped\` (this reader is too slow; the stream ends).`,
        querystring: LiveQuerySchema,
        response: {
          200: { description: 'The stream', content: { 'text/event-stream': { schema: Type.String() } } },
          ...QUERY_PROBLEM_RESPONSES,
        },
      },
    },
    async (request, reply) => {
      const { name, player_id, app_version } = request.query
      const filter = { game_id: keyOf(request).game_id, name, player_id, app_version }
      const key = sentKey(request) ?? ''
      const { stream } = await tail.listen(filter, () => parts.keys.known(key) !== undefined)
      // A client that went away while this waited.
      if (reply.raw.destroyed) stream.destroy()
      return reply
        .type('text/event-stream')
        .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
        .send(stream as never)
    },
  )
}
