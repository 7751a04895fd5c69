// Checks the settings of Redis or Valkey that can lose acknowledged events, and describes the consequence of each.
import { infoFields, type RedisStore } from './redis-store.ts'

const APPENDFSYNC_COSTS: Record<string, string> = {
  everysec: 'a power loss loses the acknowledged events of the last second',
  no: 'a power loss loses the acknowledged events of the last half minute',
}

/** @returns a sentence for each setting that is unsafe or cannot be read */
export async function redisWeaknesses(redis: RedisStore): Promise<string[]> {
  const info = infoFields(await redis.info())
  const weaknesses: string[] = []
  if (info.get('aof_enabled') !== '1') {
    weaknesses.push(
      'Redis runs with appendonly=no: a restart loses the acknowledged events since its last snapshot. Set appendonly=yes and appendfsync=always.',
    )
  } else {
    weaknesses.push(...(await appendfsyncWeakness(redis)))
  }
  const policy = info.get('maxmemory_policy') ?? 'unknown'
  if (policy !== 'noeviction') {
    weaknesses.push(
      `Redis runs with maxmemory-policy=${policy}: when its memory is full, it drops acknowledged events instead of refusing new ones. Set maxmemory-policy=noeviction.`,
    )
  }
  return weaknesses
}

async function appendfsyncWeakness(redis: RedisStore): Promise<string[]> {
  const setting = await redis.setting('appendfsync')
  if (setting === 'always') return []
  if (setting === undefined) {
    return [
      'Redis does not allow reading appendfsync (CONFIG is forbidden, as on managed servers). If it is not always, a power loss loses acknowledged events.',
    ]
  }
  const cost = APPENDFSYNC_COSTS[setting] ?? 'Playtrace does not know this value'
  return [`Redis runs with appendfsync=${setting}: ${cost}. Set appendfsync=always.`]
}
