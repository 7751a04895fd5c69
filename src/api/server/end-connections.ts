// How the server's connections end when it drains. Node closes those that are idle at that moment and no other: one that is
// kept alive after the answer in hand, or on which nothing was ever sent, would hold the drain up until it is killed.
import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'

/** A request that is still arriving when the drain begins gets so long; one that is here whole is always answered. */
const ARRIVE_MS_MAX = 1_000

export function endConnectionsOnClose(app: FastifyInstance): void {
  const inHand = new Set<ServerResponse>()
  let draining = false
  let graceIsOver = false
  // Whose request was not taken knows that it was not acknowledged, and sends it again elsewhere.
  const endTheRest = () => {
    if (graceIsOver && inHand.size === 0) app.server.closeAllConnections()
  }

  app.addHook('preValidation', (_request, { raw: response }, next) => {
    if (!response.closed) {
      inHand.add(response)
      // Closed, not answered: a client that has gone gets no answer, and Fastify's onResponse never comes.
      response.once('close', () => {
        inHand.delete(response)
        endTheRest()
      })
    }
    next()
  })
  app.addHook('onSend', (_request, reply, _payload, next) => {
    if (draining) reply.header('connection', 'close')
    next()
  })
  app.addHook('preClose', async () => {
    draining = true
    const grace = setTimeout(() => {
      graceIsOver = true
      endTheRest()
    }, ARRIVE_MS_MAX)
    app.server.once('close', () => clearTimeout(grace))
  })
}
