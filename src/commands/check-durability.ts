// Verifies at start that the settings of the database and the queue are safe: warns of an unsafe one, or refuses to start.
import type { Logger } from 'pino'
import { type Config, ConfigError } from '../config.ts'
import { openBullmqQueue } from '../queue/bullmq-queue.ts'
import { isPostgresUrl } from '../queue/queue-connection.ts'
import { type RedisStore, redisWeaknesses } from '../queue/redis-store.ts'
import { databaseWeaknesses } from '../storage/postgres/read-durability.ts'
import { lockTableWarning } from '../storage/postgres/read-lock-table.ts'
import { cannotUse } from './check-database.ts'

type Log = Pick<Logger, 'warn'>
type DurabilityConfig = Pick<Config, 'requireDurable' | 'queueReplicasMin'>

interface Stores {
  databaseUrl: string
  queueUrl: string
}

/** @throws ConfigError if REQUIRE_DURABLE is set and a setting is unsafe or cannot be read */
export async function checkDurability(config: DurabilityConfig, stores: Stores, log: Log): Promise<void> {
  await verifyDatabase(config, stores, log).catch(cannotUse('database'))
  // Errors of the connection need no handler here: a broken connection also fails the query that uses it.
  const queue = isPostgresUrl(stores.queueUrl)
    ? undefined
    : await openBullmqQueue(stores.queueUrl, () => {}).catch(cannotUse('queue'))
  try {
    const ofQueue = await weaknessesOfQueue(config, stores, queue?.redis).catch(cannotUse('queue'))
    warnOrRefuse(config, ofQueue, log)
  } finally {
    await queue?.close()
  }
}

/** @throws ConfigError if REQUIRE_DURABLE is set and a setting of the database is unsafe */
export async function verifyDatabase(
  config: DurabilityConfig,
  { databaseUrl, queueUrl }: Stores,
  log: Log,
): Promise<void> {
  const weaknesses = await databaseWeaknesses(databaseUrl)
  warnOrRefuse(config, queueUrl === databaseUrl ? weaknesses : weaknesses.map((one) => `DATABASE_URL: ${one}`), log)
  const ofLocks = await lockTableWarning(databaseUrl)
  if (ofLocks) log.warn(ofLocks)
}

/** @param redis the server of the queue, if it is on Redis */
export async function weaknessesOfQueue(
  { queueReplicasMin }: DurabilityConfig,
  { databaseUrl, queueUrl }: Stores,
  redis: RedisStore | undefined,
): Promise<string[]> {
  if (queueUrl === databaseUrl) return []
  const weaknesses = redis ? await redisWeaknesses(redis, queueReplicasMin) : await databaseWeaknesses(queueUrl)
  return weaknesses.map((one) => `QUEUE_URL: ${one}`)
}

/** @throws ConfigError if REQUIRE_DURABLE is set and there is a weakness */
export function warnOrRefuse({ requireDurable }: DurabilityConfig, weaknesses: string[], log: Log): void {
  if (requireDurable && weaknesses.length > 0) {
    throw new ConfigError(
      `REQUIRE_DURABLE is 1, and these settings can lose acknowledged events. Correct them, or set REQUIRE_DURABLE=0:\n${weaknesses.map((one) => `- ${one}`).join('\n')}`,
    )
  }
  for (const weakness of weaknesses) log.warn(weakness)
}
