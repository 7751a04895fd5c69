// Closes the server's connections when it drains. Node closes only those that are idle at that moment: a connection that is
// kept alive after its answer, or on which nothing was ever sent, would delay the drain until the process is killed.
import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'

/** The time for a request that is still arriving when the drain begins. A request that has arrived is always answered. */
const ARRIVE_MS_MAX = 1_000

export function endConnectionsOnClose(app: FastifyInstance): void {
  const inFlight = new Set<ServerResponse>()
  let draining = false
  let graceIsOver = false
  // A client whose request is cut off gets no answer, and sends the request again.
  const endTheRest = () => {
    if (graceIsOver && inFlight.size === 0) app.server.closeAllConnections()
  }

  app.addHook('preValidation', (_request, { raw: response }, next) => {
    if (!response.closed) {
      inFlight.add(response)
      // 'close' and not onResponse, which never comes if the client is gone.
      response.once('close', () => {
        inFlight.delete(response)
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
