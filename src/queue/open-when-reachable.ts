// A queue whose server may be away when the process starts. Until it is reached, every call fails as it does in an outage.
import { setTimeout as delay } from 'node:timers/promises'
import type { BullmqQueue } from './bullmq-queue.ts'
import { type Consumer, QueueUnavailable } from './event-queue.ts'
import { isPostgresUrl } from './queue-connection.ts'

const RETRY_PAUSE_MS = 1_000

/**
 * Returns at once, and tries to open the queue until it succeeds. A consumer starts when the queue is open.
 * @param open throws if the server cannot be reached
 * @param reportError receives the error of each try
 */
export function openWhenReachable(
  url: string,
  open: () => Promise<BullmqQueue>,
  reportError: (error: Error) => void,
): BullmqQueue {
  const closing = new AbortController()
  let queue: BullmqQueue | undefined
  const opening = tryUntilOpen()

  async function tryUntilOpen(): Promise<void> {
    while (!closing.signal.aborted && !queue) {
      try {
        queue = await open()
      } catch (error) {
        reportError(error as Error)
        await delay(RETRY_PAUSE_MS, undefined, { signal: closing.signal }).catch(() => undefined)
      }
    }
  }

  function opened(): BullmqQueue {
    if (queue) return queue
    throw new QueueUnavailable('The queue has not been reached since this process started.')
  }

  return {
    enqueue: async (batch) => opened().enqueue(batch),
    verifyWritable: async () => opened().verifyWritable(),
    counts: async () => opened().counts(),
    oldest: async () => opened().oldest(),
    deadLetters: async (limit) => opened().deadLetters(limit),
    retryDeadLetters: async () => opened().retryDeadLetters(),
    findBatches: async (matches, batchesMax) => opened().findBatches(matches, batchesMax),
    consume(handle, concurrency) {
      let consumer: Consumer | undefined
      let stopped = false
      void opening.then(() => {
        if (queue && !stopped) consumer = queue.consume(handle, concurrency)
      })
      return {
        async stop() {
          stopped = true
          await consumer?.stop()
        },
      }
    },
    async close() {
      closing.abort()
      await opening
      await queue?.close()
    },
    ...(!isPostgresUrl(url) && {
      redis: {
        info: async () => opened().redis?.info() ?? new Map(),
        setting: async (name: string) => opened().redis?.setting(name),
      },
    }),
  }
}
