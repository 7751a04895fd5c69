// Warns once of a proxy that TRUST_PROXY does not name: all its clients then share one address, and one rate limit.
import type { FastifyInstance } from 'fastify'

export function warnOfUntrustedProxy(app: FastifyInstance): void {
  let warned = false
  app.addHook('onRequest', (request, _reply, done) => {
    const { remoteAddress } = request.socket
    // With a trusted peer, the list has the peer and the addresses that it names.
    const isTrusted = (request.ips?.length ?? 1) > 1
    if (!warned && request.headers['x-forwarded-for'] !== undefined && !isTrusted) {
      warned = true
      request.log.warn(
        `A request with X-Forwarded-For came from ${remoteAddress}, which is not trusted, so all clients behind it share one rate limit. If this is your proxy, name it in TRUST_PROXY.`,
      )
    }
    done()
  })
}
