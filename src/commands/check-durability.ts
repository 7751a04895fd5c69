// Verifies at start that the settings of the database and the queue are safe: warns of an unsafe one, or refuses to start.
import type { Logger } from 'pino'
import { type Config, ConfigError } from '../config.ts'
import { openBullmqQueue } from '../queue/bullmq-queue.ts'
import { isPostgresUrl } from '../queue/queue-connection.ts'
import { redisWeaknesses } from '../queue/redis-store.ts'
import { databaseWeaknesses } from '../storage/postgres/read-durability.ts'

/** @throws ConfigError if REQUIRE_DURABLE is set and a setting is unsafe or cannot be read */
export async function checkDurability(
  { requireDurable }: Pick<Config, 'requireDurable'>,
  { databaseUrl, queueUrl }: { databaseUrl: string; queueUrl: string },
  log: Logger,
): Promise<void> {
  const weaknesses = await weaknessesOf(databaseUrl, queueUrl)
  if (requireDurable && weaknesses.length > 0) {
    throw new ConfigError(
      `REQUIRE_DURABLE is set, but these settings can lose acknowledged events:\n${weaknesses.map((one) => `- ${one}`).join('\n')}`,
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
  return [...stores.map((one) => `DATABASE_URL: ${one}`), ...queues.map((one) => `QUEUE_URL: ${one}`)]
}

async function redisQueueWeaknesses(queueUrl: string): Promise<string[]> {
  // Errors of the connection need no handler here: a broken connection also fails the query that uses it.
  const queue = await openBullmqQueue(queueUrl, () => {})
  try {
    return queue.redis ? await redisWeaknesses(queue.redis) : []
  } finally {
    await queue.close()
  }
}
