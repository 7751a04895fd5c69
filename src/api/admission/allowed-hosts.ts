// Refuses a request by a host name that nobody gave this server. A web page can let its own name lead to 127.0.0.1 (DNS
// rebinding), and the browser then takes the answers of this server for that page's own. An address, and localhost, lead
// to nothing but themselves.
import { isIP } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { RequestProblem } from '../../contract/answer.ts'

/** @param allowed host names in lower case besides localhost */
export function refuseOtherHosts(app: FastifyInstance, allowed: readonly string[]): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const { host } = request.headers
    // Every browser sends a Host. The health check of a balancer may send none.
    if (!host || isAllowed(host, allowed) || isForwarded(request)) return done()
    done(
      new RequestProblem(
        'misdirected',
        'This server does not have the host name of the request. Use its IP address or localhost, or add the name to ALLOWED_HOSTS.',
      ),
    )
  })
}

function isAllowed(host: string, allowed: readonly string[]): boolean {
  const name = host.toLowerCase().replace(/:\d*$/, '')
  return name === 'localhost' || isIP(name.replace(/^\[(.*)\]$/, '$1')) > 0 || allowed.includes(name)
}

/** Whether a proxy that TRUST_PROXY names has passed the request on. Its own settings then say which names it serves. */
function isForwarded({ ips }: FastifyRequest): boolean {
  return (ips?.length ?? 1) > 1
}
