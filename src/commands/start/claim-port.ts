// The port that the API is to listen on, known to be free before anything is started.
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { ConfigError } from '../../config.ts'

/** The API processes of a start that was killed a moment ago are still ending. */
const PATIENCE_MS = 1_500
const POLL_MS = 100

/**
 * @param port 0 stands for any
 * @returns the number that all API processes are to use, the first and those that follow a dead one
 */
export async function claimPort(host: string, port: number): Promise<number> {
  for (const end = Date.now() + PATIENCE_MS; ; await delay(POLL_MS)) {
    try {
      return await tryPort(host, port)
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException
      if (code !== 'EADDRINUSE') {
        throw new ConfigError(`HOST=${host} PORT=${port} cannot be used: ${message}`, { cause })
      }
      if (Date.now() < end) continue
      throw new ConfigError(
        `Port ${port} is taken by another program. Stop that one, or choose another port: PORT=${port + 1} npm start`,
        { cause },
      )
    }
  }
}

async function tryPort(host: string, port: number): Promise<number> {
  const server = createServer()
  await once(server.listen({ host, port, exclusive: true }), 'listening')
  const claimed = (server.address() as AddressInfo).port
  server.close()
  await once(server, 'close')
  return claimed
}
