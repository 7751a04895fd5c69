// GET /v1/games/{game}/live: stored and rejected events as they come, as server-sent events.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { LiveEventSchema, LiveQuerySchema } from '../../contract/live.ts'
import { GameParamsSchema } from '../../contract/reading.ts'
import { keyOf, sentKey } from '../admission/authenticate.ts'
import type { KeyRing } from '../admission/key-ring.ts'
import { gameProblems, KEY_IN_HEADER } from '../server/openapi.ts'
import type { TailSources } from './poll.ts'
import { liveTail } from './tail.ts'

const DESCRIPTION = `The stream sends an event within a second after it is stored or rejected. It contains no earlier events: read
these with \`events\` and \`rejections/list\`. The schema LiveEvent has the types of events.

\`\`\`
event: stored
data: {"event_id":"019abb4e-7b2f-7d0e-9f7e-0d6f5c1b2a39","name":"level_complete","player_id":"player-1", …}

event: rates
data: {"stored_per_second":14.2,"rejected_per_second":0,"queue":{"waiting":0,"active":1,"oldest_seconds":0.1}}
\`\`\``

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
        security: KEY_IN_HEADER,
        params: GameParamsSchema,
        operationId: 'streamLiveEvents',
        summary: 'Stream stored and rejected events',
        description: DESCRIPTION,
        querystring: LiveQuerySchema,
        response: {
          200: {
            description: 'A stream of server-sent events that does not end. The schema describes one event.',
            content: { 'text/event-stream': { schema: LiveEventSchema } },
          },
          ...gameProblems(),
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
