// Supervises the embedded PostgreSQL: when it dies, it is restarted where the API and the worker reach it.
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../embedded-postgres/embedded-postgres.ts'
import { restartDelayMs } from './restart-delay.ts'

interface DatabaseOptions {
  dataDir: string
  connectionsMax: number
  /** The port on 127.0.0.1. Absent: none. */
  port: number | undefined
}

export async function superviseEmbeddedDatabase(options: DatabaseOptions, log: Logger) {
  const stopping = new AbortController()
  let startedAt = Date.now()
  let delayMs: number | undefined
  let restarting = Promise.resolve()

  const onExit = (error: Error) => {
    log.error(error, 'the embedded PostgreSQL ended; restarting it')
    restarting = restart()
  }
  let server: EmbeddedPostgres = await startEmbeddedPostgres({ ...options, onExit })
  const { url, port } = server

  async function restart(): Promise<void> {
    while (!stopping.signal.aborted) {
      delayMs = restartDelayMs(delayMs, Date.now() - startedAt)
      await delay(delayMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (stopping.signal.aborted) return
      startedAt = Date.now()
      try {
        server = await startEmbeddedPostgres({ ...options, onExit, port })
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
