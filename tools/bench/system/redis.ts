// A Redis of the bench's own, with the durability that is asked for.
import { findRedisServer, type RedisServer, startRedisServer } from '../../../test/redis-server.ts'

/** @param appendfsync `always` as Playtrace ships it; `everysec` as it is commonly run */
export function startRedis({ appendfsync }: { appendfsync: 'always' | 'everysec' }): Promise<RedisServer> {
  const program = findRedisServer()
  if (!program) throw new Error('There is no redis-server (or valkey-server) on PATH: install one.')
  return startRedisServer(program, { settings: { appendfsync } })
}
