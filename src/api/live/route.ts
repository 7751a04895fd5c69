// GET /v1/games/{game}/live: stored and rejected events as they come, as server-sent events.
import { LiveEventSchema, LiveQuerySchema } from '../../contract/live.ts'
import { keyOf } from '../admission/authenticate.ts'
import type { KeyRing } from '../admission/key-ring.ts'
import { placesByGame } from '../admission/places.ts'
import { gameSchema, type TypedApp } from '../server/game-schema.ts'
import { liveTail, type TailSources } from './tail.ts'

const DESCRIPTION = `The stream sends an event within a second after it is stored or rejected. It contains no earlier events: read
these with \`events\` and \`rejections/list\`. The schema LiveEvent has the types of events.

\`\`\`
event: stored
data: {"event_id":"019abb4e-7b2f-7d0e-9f7e-0d6f5c1b2a39","name":"level_complete","player_id":"player-1", …}

event: rates
data: {"stored_per_second":14.2,"rejected_per_second":0,"queue":{"waiting":0,"active":1,"oldest_seconds":0.1}}
\`\`\``

/** A process serves 100 readers of all games. */
const GAME_READERS_MAX = 20

export type LiveParts = Omit<TailSources, 'log'>

export function liveRoute(app: TypedApp, { keys, ...sources }: LiveParts & { keys: KeyRing }): void {
  const tail = liveTail({ ...sources, log: app.log })
  const places = placesByGame(
    GAME_READERS_MAX,
    `This game has ${GAME_READERS_MAX} live connections to this process already. Close one of them.`,
  )
  app.addHook('preClose', async () => tail.drain())

  const answer = {
    description: 'A stream of server-sent events that does not end. The schema describes one event.',
    content: { 'text/event-stream': { schema: LiveEventSchema } },
  }
  app.get('/live', {
    exposeHeadRoute: false,
    schema: gameSchema(answer, {
      tags: ['reading'],
      operationId: 'streamLiveEvents',
      summary: 'Stream stored and rejected events',
      description: DESCRIPTION,
      querystring: LiveQuerySchema,
    }),
    async handler(request, reply) {
      const { name, player_id, app_version } = request.query
      const key = keyOf(request)
      const filter = { game_id: key.game_id, name, player_id, app_version }
      const leave = places.take(key)
      const { stream } = await tail
        .listen(filter, () => keys.isInForce(key))
        .catch((error) => {
          leave()
          throw error
        })
      stream.once('close', leave)
      // The client may have gone away during the wait.
      if (reply.raw.destroyed) stream.destroy()
      return reply
        .type('text/event-stream')
        .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
        .send(stream as never)
    },
  })
}
