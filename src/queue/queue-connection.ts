// Connection settings for the queue's server. While it is away, a producer fails quickly and a consumer keeps trying.

/** The name of the queue in BullMQ's tables and keys. */
export const QUEUE_NAME = 'playtrace-events'

/** An enqueue without an answer within this time fails, and the client gets a 503. */
const ENQUEUE_TIMEOUT_MS = 10_000
export const CONNECT_TIMEOUT_MS = 5_000
const PRODUCER_CONNECTIONS_MAX = 4
/** BullMQ's own pause grows to 20 s, and clients would get a 503 for that long after Redis is back. */
const RECONNECT_PAUSE_MS_MAX = 1_000
const reconnectPauseMs = (tries: number) => Math.min(tries * 50, RECONNECT_PAUSE_MS_MAX)

export function isPostgresUrl(url: string): boolean {
  return /^postgres(ql)?:/.test(url)
}

function connection(url: string): object {
  return isPostgresUrl(url)
    ? { connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS }
    : { url, connectTimeout: CONNECT_TIMEOUT_MS, retryStrategy: reconnectPauseMs }
}

/** A client waits for each call, so a call fails quickly instead of waiting until the queue is back. */
export function producerConnection(url: string): object {
  const limits = isPostgresUrl(url)
    ? { max: PRODUCER_CONNECTIONS_MAX, query_timeout: ENQUEUE_TIMEOUT_MS }
    : { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: ENQUEUE_TIMEOUT_MS }
  return { ...connection(url), ...limits }
}

/**
 * The state changes of a consumer need not be on disk immediately. If a crash undoes one, the batch is consumed again, and
 * its events are recognised as stored. Connections of producers do wait for the disk.
 */
const NO_WAIT_FOR_DISK = '-c synchronous_commit=off'

/** No client waits for a consumer, so it keeps trying. It has one connection per concurrent batch and one to find the next. */
export function consumerConnection(url: string, concurrency: number): object {
  const limits = isPostgresUrl(url)
    ? { max: concurrency + 1, options: NO_WAIT_FOR_DISK }
    : { maxRetriesPerRequest: null }
  return { ...connection(url), ...limits }
}
