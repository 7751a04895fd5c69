// How much waits in the queue on Redis or Valkey, and how much memory that server has for it.
import type { EventQueue, RedisStore } from './event-queue.ts'
import { infoFields } from './redis-durability.ts'

/**
 * Batches that wait, are in hand or wait for a retry; the bytes are all that the server holds, whatever for, and `bytesMax` what
 * it may hold: its `maxmemory`, or where none is set the machine's memory.
 */
export async function readRedisBacklog(
  queue: Pick<EventQueue, 'counts'>,
  redis: RedisStore,
): Promise<{ batches: number; bytes: number; bytesMax: number | undefined }> {
  const [{ waiting, active, delayed }, info] = await Promise.all([queue.counts(), redis.info()])
  const fields = infoFields(info)
  const figure = (name: string) => Number(fields.get(name) ?? 0)
  return {
    batches: waiting + active + delayed,
    bytes: figure('used_memory'),
    bytesMax: figure('maxmemory') || figure('total_system_memory') || undefined,
  }
}
