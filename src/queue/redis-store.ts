// Reads the backlog, the memory and the settings of the Redis or Valkey server of the queue.
import type { QueueInspector } from './queue-inspector.ts'

export interface RedisStore {
  /** The fields of INFO by name. */
  info(): Promise<Map<string, string>>
  /** The answer to CONFIG GET for one setting, or undefined if the server does not allow reading it. */
  setting(name: string): Promise<string | undefined>
  /** The text that {@link RedisStore.setText} stored under this name. */
  text(name: string): Promise<string | undefined>
  setText(name: string, text: string): Promise<void>
}

/**
 * @returns `batches`: how many batches wait, are being stored or wait for a retry; `bytes`: all memory that the server uses;
 * `bytesMax`: its `maxmemory`, or the memory of the machine if that is not set
 */
export async function readRedisBacklog(
  queue: Pick<QueueInspector, 'counts'>,
  redis: RedisStore,
): Promise<{ batches: number; bytes: number; bytesMax: number | undefined }> {
  const [{ waiting, active, delayed }, info] = await Promise.all([queue.counts(), redis.info()])
  const figure = (name: string) => Number(info.get(name) ?? 0)
  return {
    batches: waiting + active + delayed,
    bytes: figure('used_memory'),
    bytesMax: figure('maxmemory') || figure('total_system_memory') || undefined,
  }
}

const APPENDFSYNC_COSTS: Record<string, string> = {
  everysec: 'a power loss loses the acknowledged events of the last second',
  no: 'a power loss loses the acknowledged events of the last half minute',
}

/**
 * @param replicasMin the replicas that an enqueue waits for
 * @returns a sentence for each setting that can lose acknowledged events or cannot be read
 */
export async function redisWeaknesses(redis: RedisStore, replicasMin: number): Promise<string[]> {
  const info = await redis.info()
  const persistence =
    info.get('aof_enabled') === '1'
      ? await appendfsyncWeakness(redis)
      : 'Redis runs with appendonly=no: a restart loses the acknowledged events since its last snapshot. Set appendonly=yes and appendfsync=always.'
  const policy = info.get('maxmemory_policy') ?? 'unknown'
  const eviction =
    policy === 'noeviction'
      ? undefined
      : `Redis runs with maxmemory-policy=${policy}: when its memory is full, it drops acknowledged events instead of refusing new ones. Set maxmemory-policy=noeviction.`
  const replicas = Number(info.get('connected_slaves') ?? 0)
  const failOver =
    replicas > 0 && replicasMin === 0
      ? `Redis has ${replicas} ${replicas === 1 ? 'replica' : 'replicas'}, and no enqueue waits for one: a fail-over to a replica that is behind loses acknowledged events. Set QUEUE_REPLICAS_MIN=1.`
      : undefined
  return [persistence, eviction, failOver].filter((weakness) => weakness !== undefined)
}

async function appendfsyncWeakness(redis: RedisStore): Promise<string | undefined> {
  const setting = await redis.setting('appendfsync')
  if (setting === 'always') return undefined
  if (setting === undefined) {
    return 'Playtrace cannot read appendfsync, because Redis does not allow CONFIG GET. Set appendfsync=always. With another value, a power loss loses acknowledged events.'
  }
  const cost = APPENDFSYNC_COSTS[setting] ?? 'Playtrace does not know this value'
  return `Redis runs with appendfsync=${setting}: ${cost}. Set appendfsync=always.`
}
