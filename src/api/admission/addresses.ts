// Says under which address a request is counted. Warns once of a proxy that TRUST_PROXY does not name: all its clients then share
// one address.
import { BlockList, isIP } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** Private, loopback, link-local and shared addresses: those of proxies, bridges and the machine itself. */
const PRIVATE = new BlockList()
for (const [start, bits] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  PRIVATE.addSubnet(start, bits, 'ipv4')
for (const [start, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  PRIVATE.addSubnet(start, bits, 'ipv6')

function isPrivate(ip: string): boolean {
  // A link-local address may name its network interface after %.
  const [address = ''] = ip.split('%')
  const family = isIP(address)
  return family > 0 && PRIVATE.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

/** The /64 of an IPv6 address, because one client has all of it. Any other text is returned as it is. */
export function countedAddress(address: string): string {
  if (!address.includes(':') || isIP(address) === 0) return address
  const ipv4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  return ipv4 ?? networkOf(address)
}

function networkOf(ipv6: string): string {
  const [first = [], last = []] = ipv6.split('::').map((part) => part.split(':').filter((group) => group !== ''))
  // An IPv4 address at the end has two groups, and then six others come before it.
  const zeros = ipv6.includes('::') ? Array<string>(8 - first.length - last.length).fill('0') : []
  const groups = [...first, ...zeros, ...last].slice(0, 4)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}

/** Finds the addresses that have a budget of their own, and logs once an untrusted proxy and once a private address. */
export function watchAddresses(app: FastifyInstance): (request: FastifyRequest) => string | undefined {
  let warned = false
  let noted = false
  app.addHook('onRequest', (request, _reply, done) => {
    // With a trusted peer, the list has the peer and the addresses that it names.
    const isTrusted = (request.ips?.length ?? 1) > 1
    if (!warned && request.headers['x-forwarded-for'] !== undefined && !isTrusted) {
      warned = true
      request.log.warn(
        `A request with X-Forwarded-For came from ${request.socket.remoteAddress}, which is not trusted, so all clients behind it share one rate limit. If this is your proxy, name it in TRUST_PROXY.`,
      )
    }
    done()
  })
  return (request) => {
    const { ip } = request
    if (!isPrivate(ip)) return countedAddress(ip)
    if (!noted)
      request.log.info(
        `Events came from ${ip}. A private address has no budget of its own. If this is your proxy, name it in TRUST_PROXY.`,
      )
    noted = true
    return undefined
  }
}
