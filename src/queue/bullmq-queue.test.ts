// The BullMQ queue on both of its stores.
import { describe, type TestContext } from 'node:test'
import { onEnd } from '../../test/on-end.ts'
import { freshDatabase, freshRedis } from '../../test/stores.ts'
import { openBullmqQueue } from './bullmq-queue.ts'
import type { EventQueue } from './event-queue.ts'
import { ATTEMPTS, eventQueueSuite } from './event-queue.testsuite.ts'

async function open(t: TestContext, url: string): Promise<EventQueue> {
  const queue = await openBullmqQueue(url, () => {}, { attempts: ATTEMPTS, delayMs: 10 })
  onEnd(t, () => queue.close())
  return queue
}

describe('BullMQ', { concurrency: true }, () => {
  eventQueueSuite('PostgreSQL', async (t) => open(t, await freshDatabase(t)))
  if (process.env.TEST_REDIS_URL) {
    eventQueueSuite('Redis', async (t) => open(t, (await freshRedis(t)) as string))
  }
})
