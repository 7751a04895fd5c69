// What is commonly built, running: its two processes, a Redis, and a database of its own on the same embedded PostgreSQL.
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { startEmbeddedPostgres } from '../../../src/storage/embedded-postgres.ts'
import { freePort } from '../../../test/redis-server.ts'
import { dismiss } from '../load/ask.ts'
import { redisQueueBytes } from './queue-bytes.ts'
import { startRedis } from './redis.ts'
import { startChild } from './start-child.ts'
import type { Target, TargetStorage } from './target.ts'

const PROGRAM = fileURLToPath(new URL('../commonly-built.ts', import.meta.url))
const DATABASE = 'commonly_built'
const CONNECTIONS_SPARE = 20

export interface CommonlyBuiltOptions {
  dataDir: string
  appendfsync: 'always' | 'everysec'
  /** Jobs that the worker has in hand at once. */
  concurrency: number
  requestEvents: number
}

export async function startCommonlyBuilt(options: CommonlyBuiltOptions): Promise<Target> {
  const { dataDir, appendfsync, concurrency, requestEvents } = options
  const closers: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const closeOne of closers.splice(0).reverse()) await closeOne()
  }
  try {
    const server = await startEmbeddedPostgres({
      dataDir,
      connectionsMax: CONNECTIONS_SPARE + concurrency,
      onExit: (error) => console.error(error),
    })
    closers.push(() => server.stop())
    const databaseUrl = await freshDatabase(server.url)
    const redis = await startRedis({ appendfsync })
    closers.push(redis.stop)
    const redisPort = new URL(redis.url).port
    const worker = await startChild(PROGRAM, ['worker', redisPort, databaseUrl, concurrency])
    closers.push(() => dismiss(worker))
    const port = await freePort()
    const api = await startChild(PROGRAM, ['api', redisPort, port])
    closers.push(() => dismiss(api))
    const storage = await openStorage(databaseUrl)
    closers.push(storage.close)
    return {
      url: `http://127.0.0.1:${port}/${requestEvents === 1 ? 'event' : 'events'}`,
      headers: {},
      pids: {
        api: [api.pid as number],
        worker: [worker.pid as number],
        database: [server.pid],
        redis: [redis.pid],
      },
      storage,
      queueBytes: () => redisQueueBytes(redis.url),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function freshDatabase(serverUrl: string): Promise<string> {
  const server = new pg.Client(serverUrl)
  await server.connect()
  await server.query(`drop database if exists ${DATABASE} with (force)`)
  await server.query(`create database ${DATABASE}`)
  await server.end()
  const url = new URL(serverUrl)
  url.pathname = `/${DATABASE}`
  return url.href
}

async function openStorage(databaseUrl: string): Promise<TargetStorage & { close: () => Promise<void> }> {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  const number = async (sql: string): Promise<number> => Number((await client.query(sql)).rows[0].number)
  const countEvents = () => number('select count(*) as number from events')
  return {
    async empty() {
      await client.query('truncate events')
      await client.query('checkpoint')
    },
    visibleEvents: countEvents,
    countEvents,
    bytes: () => number(`select pg_total_relation_size('events') as number`),
    storedAtMs: undefined,
    close: () => client.end(),
  }
}
