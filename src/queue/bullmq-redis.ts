// What the queue asks Redis or Valkey directly, over BullMQ's own connection: its settings, and whether replicas have a batch.
import type { Queue } from 'bullmq'
import type { RedisStore } from './redis-store.ts'

/** Shorter than the time limit of /readyz, which then says that a replica is late. The producer's other calls wait for this. */
const REPLICAS_MS_MAX = 2_000

export function redisStore(queue: Queue): RedisStore {
  const client = () => queue.getBackend().client
  return {
    async info() {
      const lines = (await (await client()).info()).matchAll(/^([^#:\r\n]+):(.*)/gm)
      return new Map(lines.map(([, name = '', value = '']) => [name, value]))
    },
    async setting(name) {
      try {
        const answer = (await (await client()).runCommand('config', ['GET', name])) as string[]
        return answer[1]
      } catch (error) {
        // Managed servers do not have this command, or do not allow it.
        if (/^(ERR|NOPERM)/.test((error as Error).message)) return undefined
        throw error
      }
    },
    text: async (name) => ((await (await client()).runCommand('get', [name])) as string | null) ?? undefined,
    setText: async (name, text) => void (await (await client()).runCommand('set', [name, text])),
  }
}

/**
 * Returns a function that runs a write and resolves with its result when `replicasMin` replicas have it: on their disks with
 * WAITAOF (Redis 7.2, Valkey), in their memory with WAIT (an older server, or one without an append-only file).
 * @see https://valkey.io/commands/waitaof/
 */
export async function confirmByReplicas(queue: Queue, replicasMin: number) {
  const client = await queue.getBackend().client
  let connections = 0
  client.on('close', () => {
    connections++
  })
  let waitsForDisk = true

  async function replicasWithAllWrites(): Promise<number> {
    if (waitsForDisk) {
      try {
        const [local, replicas] = (await client.runCommand('waitaof', [1, replicasMin, REPLICAS_MS_MAX])) as number[]
        if (Number(local) === 0)
          throw new Error(`The server did not write to its disk within ${REPLICAS_MS_MAX / 1000} s.`)
        return Number(replicas)
      } catch (error) {
        if (!/unknown command|appendonly/.test((error as Error).message)) throw error
        waitsForDisk = false
      }
    }
    return Number(await client.runCommand('wait', [replicasMin, REPLICAS_MS_MAX]))
  }

  return async <T>(write: () => Promise<T>): Promise<T> => {
    const connection = connections
    const result = await write()
    const replicas = await replicasWithAllWrites()
    // The server counts the writes of one connection. On a new one it knows of none, and any replica would do.
    if (connection !== connections) throw new Error('The connection broke before the replicas confirmed the batch.')
    if (replicas >= replicasMin) return result
    throw new Error(
      `${replicas} of ${replicasMin} replicas (QUEUE_REPLICAS_MIN) confirmed the batch within ${REPLICAS_MS_MAX / 1000} s.`,
    )
  }
}
