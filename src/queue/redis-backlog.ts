// Measures the backlog of a queue on Redis or Valkey, and the memory of that server.
import type { QueueInspector } from './queue-inspector.ts'
import { infoFields, type RedisStore } from './redis-store.ts'

/**
 * @returns `batches`: how many batches wait, are being stored or wait for a retry; `bytes`: all memory that the server uses;
 * `bytesMax`: its `maxmemory`, or the memory of the machine if that is not set
 */
export async function readRedisBacklog(
  queue: Pick<QueueInspector, 'counts'>,
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
