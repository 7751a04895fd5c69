// Finds a TCP port on which a server can listen.
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/**
 * @param port 0 means any free port
 * @throws the error of `listen` if the port is in use
 */
export async function freePort(host: string, port: number): Promise<number> {
  const server = createServer()
  await once(server.listen({ host, port, exclusive: true }), 'listening')
  const { port: free } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return free
}
