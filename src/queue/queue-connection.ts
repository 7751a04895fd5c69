// How senders and consumers connect to the queue's server: with opposite wishes when it is away.

/** BullMQ's name of it, in its tables and its keys. */
export const QUEUE_NAME = 'playtrace-events'

/** An enqueue that has not been answered by then is answered to the sender as unavailable. */
const ENQUEUE_TIMEOUT_MS = 10_000
export const CONNECT_TIMEOUT_MS = 5_000
const PRODUCER_CONNECTIONS_MAX = 4
/** BullMQ's own pause between two tries to reach Redis grows to 20 s: so long would senders wait after it is back. */
const RECONNECT_PAUSE_MS_MAX = 1_000
const reconnectPauseMs = (tries: number) => Math.min(tries * 50, RECONNECT_PAUSE_MS_MAX)

export function isPostgresUrl(url: string): boolean {
  return /^postgres(ql)?:/.test(url)
}

/** A sender is waiting behind each call: fail soon rather than wait for the queue to come back. */
export function producerConnection(url: string): object {
  return isPostgresUrl(url)
    ? {
        connectionString: url,
        max: PRODUCER_CONNECTIONS_MAX,
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
        query_timeout: ENQUEUE_TIMEOUT_MS,
      }
    : {
        url,
        retryStrategy: reconnectPauseMs,
        enableOfflineQueue: false,
        maxRetriesPerRequest: 1,
        connectTimeout: CONNECT_TIMEOUT_MS,
        commandTimeout: ENQUEUE_TIMEOUT_MS,
      }
}

/**
 * That a batch was taken, completed or given back need not be on disk at once: a crash that undoes it only has the batch
 * handed out again, and its events are found stored. Senders' connections wait for the disk.
 */
const NO_WAIT_FOR_DISK = '-c synchronous_commit=off'

/** A consumer has nobody waiting: it keeps trying. One connection for each batch in hand, and one to find the next. */
export function consumerConnection(url: string, concurrency: number): object {
  return isPostgresUrl(url)
    ? {
        connectionString: url,
        max: concurrency + 1,
        options: NO_WAIT_FOR_DISK,
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      }
    : {
        url,
        retryStrategy: reconnectPauseMs,
        maxRetriesPerRequest: null,
        connectTimeout: CONNECT_TIMEOUT_MS,
      }
}
