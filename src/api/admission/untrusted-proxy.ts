// Warns once of a proxy that TRUST_PROXY does not name: all its clients then share one address, and one rate limit.
import type { FastifyInstance } from 'fastify'

export function warnOfUntrustedProxy(app: FastifyInstance): void {
  let warned = false
  app.addHook('onRequest', (request, _reply, done) => {
    const { remoteAddress } = request.socket
    if (!warned && request.headers['x-forwarded-for'] !== undefined && request.ip === remoteAddress) {
      warned = true
      request.log.warn(
        `A request with X-Forwarded-For came from ${remoteAddress}, which is not trusted, so all clients behind it share one rate limit. If this is your proxy, name it in TRUST_PROXY.`,
      )
    }
    done()
  })
}
