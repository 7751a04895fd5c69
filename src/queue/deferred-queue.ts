// A queue whose server may be away when the process starts. Until it is open, every call fails as it does in an outage.
import type { BullmqQueue } from './bullmq-queue.ts'
import { type Consumer, QueueUnavailable } from './event-queue.ts'
import { isPostgresUrl } from './queue-connection.ts'

/**
 * Returns at once. A consumer starts when the queue is open.
 * @param whyNot says why the queue could not be opened the last time
 * @param opening resolves with the open queue, or with undefined if the process ends before that
 */
export function deferredQueue(
  url: string,
  opening: Promise<BullmqQueue | undefined>,
  whyNot: () => string | undefined,
): BullmqQueue {
  let queue: BullmqQueue | undefined
  const open = opening.then((opened) => {
    queue = opened
    return opened
  })
  // Whoever opens the queue handles its error.
  open.catch(() => undefined)

  function opened(): BullmqQueue {
    if (queue) return queue
    throw new QueueUnavailable(whyNot() ?? 'The queue has not been reached since this process started.')
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
      const started = open.then((one) => {
        if (one && !stopped) consumer = one.consume(handle, concurrency)
      })
      started.catch(() => undefined)
      return {
        async stop() {
          stopped = true
          await consumer?.stop()
        },
      }
    },
    async close() {
      if (queue) await queue.close()
      // An attempt that still runs ends by itself.
      else void open.then((one) => one?.close()).catch(() => undefined)
    },
    ...(!isPostgresUrl(url) && { redis: deferredRedis(opened) }),
  }
}

function deferredRedis(opened: () => BullmqQueue): NonNullable<BullmqQueue['redis']> {
  const redis = () => {
    const { redis: store } = opened()
    if (!store) throw new Error('The queue is not on Redis.')
    return store
  }
  return {
    info: async () => redis().info(),
    setting: async (name) => redis().setting(name),
    text: async (name) => redis().text(name),
    setText: async (name, text) => redis().setText(name, text),
  }
}
