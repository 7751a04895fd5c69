// Supervises the embedded PostgreSQL: when it dies, it is restarted on the port that the API and the worker use.
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../embedded-postgres/embedded-postgres.ts'
import { restartDelayMs } from './restart-delay.ts'

export async function superviseEmbeddedDatabase(dataDir: string, connectionsMax: number, log: Logger) {
  const stopping = new AbortController()
  let startedAt = Date.now()
  let delayMs: number | undefined
  let restarting = Promise.resolve()

  const onExit = (error: Error) => {
    log.error(error, 'the embedded PostgreSQL ended; restarting it')
    restarting = restart()
  }
  let server: EmbeddedPostgres = await startEmbeddedPostgres({ dataDir, connectionsMax, onExit })
  const { url, port } = server

  async function restart(): Promise<void> {
    while (!stopping.signal.aborted) {
      delayMs = restartDelayMs(delayMs, Date.now() - startedAt)
      await delay(delayMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (stopping.signal.aborted) return
      startedAt = Date.now()
      try {
        server = await startEmbeddedPostgres({ dataDir, connectionsMax, onExit, port })
        log.info({ pid: server.pid }, 'the embedded PostgreSQL is running again')
        return
      } catch (error) {
        log.error(error, 'the embedded PostgreSQL did not start; trying again')
      }
    }
  }

  return {
    url,
    async stop(timeoutMs: number) {
      stopping.abort()
      await restarting
      await server.stop(timeoutMs)
    },
  }
}
