// Looks, when a process starts, at the settings that a 202 rests on: says what a weak one costs, or refuses to start.
import type { Logger } from 'pino'
import { type Config, ConfigError } from '../config.ts'
import { openBullmqQueue } from '../queue/bullmq-queue.ts'
import { isPostgresUrl } from '../queue/queue-connection.ts'
import { redisWeaknesses } from '../queue/redis-durability.ts'
import { databaseWeaknesses } from '../storage/postgres/read-durability.ts'

/** @throws ConfigError where REQUIRE_DURABLE is set and the promise does not hold, or cannot be checked */
export async function checkDurability(
  { requireDurable }: Pick<Config, 'requireDurable'>,
  { databaseUrl, queueUrl }: { databaseUrl: string; queueUrl: string },
  log: Logger,
): Promise<void> {
  const weaknesses = await weaknessesOf(databaseUrl, queueUrl)
  if (requireDurable && weaknesses.length > 0) {
    throw new ConfigError(
      `REQUIRE_DURABLE is set, and a 202 would not be safe:\n${weaknesses.map((one) => `- ${one}`).join('\n')}`,
    )
  }
  for (const weakness of weaknesses) log.warn(weakness)
}

async function weaknessesOf(databaseUrl: string, queueUrl: string): Promise<string[]> {
  const stores = await databaseWeaknesses(databaseUrl)
  if (queueUrl === databaseUrl) return stores
  const queues = isPostgresUrl(queueUrl)
    ? await databaseWeaknesses(queueUrl)
    : await redisQueueWeaknesses(queueUrl)
  return [
    ...stores.map((one) => `In the database that stores: ${one}`),
    ...queues.map((one) => `In the queue: ${one}`),
  ]
}

async function redisQueueWeaknesses(queueUrl: string): Promise<string[]> {
  // A connection that breaks fails the question that is asked over it.
  const queue = await openBullmqQueue(queueUrl, () => {})
  try {
    return queue.redis ? await redisWeaknesses(queue.redis) : []
  } finally {
    await queue.close()
  }
}
