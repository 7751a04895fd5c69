// What the promise rests on in Redis or Valkey, and what a setting that weakens it would cost.
import { infoFields, type RedisStore } from './redis-store.ts'

const APPENDFSYNC_COSTS: Record<string, string> = {
  everysec: 'when the machine loses power, the last second of events that were answered with 202 is lost',
  no: 'when the machine loses power, the last half minute of events that were answered with 202 is lost',
}

/** @returns a sentence for each setting that weakens the promise, or that cannot be read */
export async function redisWeaknesses(redis: RedisStore): Promise<string[]> {
  const info = infoFields(await redis.info())
  const weaknesses: string[] = []
  if (info.get('aof_enabled') !== '1') {
    weaknesses.push(
      'Redis runs with appendonly=no: when it is restarted, events since its last snapshot that were answered with 202 are lost.',
    )
  } else {
    weaknesses.push(...(await appendfsyncWeakness(redis)))
  }
  const policy = info.get('maxmemory_policy') ?? 'unknown'
  if (policy !== 'noeviction') {
    weaknesses.push(
      `Redis runs with maxmemory-policy=${policy}: when its memory is full, it drops events that were answered with 202 instead of refusing new ones.`,
    )
  }
  return weaknesses
}

async function appendfsyncWeakness(redis: RedisStore): Promise<string[]> {
  const setting = await redis.setting('appendfsync')
  if (setting === 'always') return []
  if (setting === undefined) {
    return [
      'Redis does not let appendfsync be read (CONFIG is forbidden, as managed ones do): unless it is always, events that were answered with 202 are lost when the machine loses power.',
    ]
  }
  return [`Redis runs with appendfsync=${setting}: ${APPENDFSYNC_COSTS[setting] ?? 'unknown to Playtrace'}.`]
}
