// Chooses the port of the API and verifies that it is free, before anything else starts.
import { setTimeout as delay } from 'node:timers/promises'
import { ConfigError } from '../../config.ts'
import { freePort } from '../../embedded-postgres/free-port.ts'

/** Waits this long for the API processes of a start that was just killed to end. */
const PATIENCE_MS = 1_500
const POLL_MS = 100
const PORT_MAX = 65_535

/**
 * @param port 0 means any free port
 * @returns the port for all API processes, including those that are restarted later
 */
export async function claimPort(host: string, port: number): Promise<number> {
  for (const end = Date.now() + PATIENCE_MS; ; await delay(POLL_MS)) {
    try {
      return await freePort(host, port)
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException
      if (code !== 'EADDRINUSE') {
        throw new ConfigError(`Cannot listen on HOST=${host} PORT=${port}: ${message}`, { cause })
      }
      if (Date.now() < end) continue
      throw new ConfigError(
        `Port ${port} is in use by another program. Stop that program, or set another port, such as PORT=${port < PORT_MAX ? port + 1 : port - 1}.`,
        { cause },
      )
    }
  }
}
