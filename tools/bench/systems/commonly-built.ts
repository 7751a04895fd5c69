// Starts event ingestion as it is commonly built: an API process, a worker process, a Redis and a database.
import { findRedisServer, freePort, startRedisServer } from '../../../test/redis-server.ts'
import { endChild, startChild } from '../child.ts'
import { openStore } from '../store.ts'
import type { Postgres } from './postgres.ts'
import type { System } from './system.ts'

const PROGRAM = new URL('./commonly-built-program.ts', import.meta.url)

export async function startCommonlyBuilt(postgres: Postgres): Promise<System> {
  const redisServer = findRedisServer()
  if (!redisServer) throw new Error('The bench needs redis-server or valkey-server on the PATH.')
  await using started = new AsyncDisposableStack()
  const redis = await startRedisServer(redisServer, { settings: { appendfsync: 'everysec' } })
  started.defer(redis.stop)
  const databaseUrl = await postgres.createDatabase('commonly_built')
  const worker = await startChild(PROGRAM, [redis.url, databaseUrl, 'worker'])
  started.defer(() => endChild(worker))
  const port = await freePort()
  const api = await startChild(PROGRAM, [redis.url, port, 'api'])
  started.defer(() => endChild(api))
  const store = await openStore(databaseUrl, 'public')
  started.defer(store.close)
  const all = started.move()
  return {
    url: `http://127.0.0.1:${port}/events`,
    headers: {},
    pids: [api.pid as number, worker.pid as number, redis.pid, postgres.pid],
    store,
    stop: () => all.disposeAsync(),
  }
}
