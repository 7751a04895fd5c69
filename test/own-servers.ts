// Servers of a test's own, to be killed, frozen and started again.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/embedded-postgres/embedded-postgres.ts'
import { onEnd } from './on-end.ts'
import { findRedisServer, startRedisServer } from './redis-server.ts'
import { signalIfThere } from './signal-if-there.ts'
import { withClient } from './with-client.ts'

/** It keeps its URL and its files through everything. */
export interface OwnServer {
  url: string
  /** At once, as when the power goes. */
  kill(): Promise<void>
  restart(): Promise<void>
  /** It keeps its connections and answers nothing. */
  freeze(): Promise<void>
  thaw(): Promise<void>
}

export async function ownPostgres(t: TestContext): Promise<OwnServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'playtrace-test-postgres-'))
  onEnd(t, () => rm(dataDir, { recursive: true, force: true }))
  let exit = Promise.withResolvers<void>()
  const start = (port?: number): Promise<EmbeddedPostgres> => {
    exit = Promise.withResolvers()
    return startEmbeddedPostgres({ dataDir, onExit: () => exit.resolve(), ...(port && { port }) })
  }
  let server = await start()
  let frozen: number[] = []
  const thaw = async () => {
    for (const pid of frozen) signalIfThere(pid, 'SIGCONT')
    frozen = []
  }
  onEnd(t, async () => {
    await thaw()
    await server.stop()
  })
  return {
    url: server.url,
    async kill() {
      process.kill(server.pid, 'SIGKILL')
      await exit.promise
    },
    async restart() {
      server = await start(server.port)
    },
    async freeze() {
      frozen = [server.pid, ...(await sessionsOf(server.url))]
      for (const pid of frozen) signalIfThere(pid, 'SIGSTOP')
    },
    thaw,
  }
}

async function sessionsOf(url: string): Promise<number[]> {
  const { rows } = await withClient(url, (client) =>
    client.query<{ pid: number }>(
      `select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
    ),
  )
  return rows.map(({ pid }) => pid)
}

/** Undefined where there is no such program, which run.ts reports. */
export async function ownRedis(t: TestContext): Promise<OwnServer | undefined> {
  const program = findRedisServer()
  if (!program) return undefined
  const server = await startRedisServer(program)
  onEnd(t, () => server.stop())
  return {
    url: server.url,
    kill: async () => server.kill('SIGKILL'),
    restart: () => server.restart(),
    freeze: async () => server.kill('SIGSTOP'),
    thaw: async () => server.kill('SIGCONT'),
  }
}
