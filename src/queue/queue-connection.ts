// Connection settings for the queue's server. While it is away, a producer fails quickly and a consumer keeps trying.

/** The name of the queue in BullMQ's tables and keys. */
export const QUEUE_NAME = 'playtrace-events'

/** An enqueue without an answer within this time fails, and the client gets a 503. */
const ENQUEUE_TIMEOUT_MS = 10_000
const CONNECT_TIMEOUT_MS = 5_000
export const PRODUCER_CONNECTIONS_MAX = 4
/** No request of a consumer takes longer, so a connection without an answer is broken. It is above BullMQ's blocking wait. */
const CONSUMER_TIMEOUT_MS = 30_000
/** The connection is checked after this long without traffic. Otherwise a host that vanished is noticed after hours. */
const KEEP_ALIVE_MS = 10_000
/** Shown in pg_stat_activity and in Redis' CLIENT LIST. */
const CONNECTION_NAME = 'playtrace-queue'
/** BullMQ's own pause grows to 20 s, and clients would get a 503 for that long after Redis is back. */
const RECONNECT_PAUSE_MS_MAX = 1_000
const reconnectPauseMs = (tries: number) => Math.min(tries * 50, RECONNECT_PAUSE_MS_MAX)

/**
 * A Redis that became a replica (READONLY), or that lost its replicas (NOREPLICAS), keeps its connections open and refuses
 * every write. A new connection reaches the new primary, if a proxy or a DNS name leads to it.
 */
const isRefusedWrite = (error: Error) => /\b(READONLY|NOREPLICAS)\b/.test(error.message)

export function isPostgresUrl(url: string): boolean {
  return /^postgres(ql)?:/.test(url)
}

/** @param connectionName is shown in Redis' CLIENT LIST */
export function redisSettings(connectionName: string) {
  return {
    connectionName,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepAlive: KEEP_ALIVE_MS,
    retryStrategy: reconnectPauseMs,
    reconnectOnError: isRefusedWrite,
  }
}

function connection(url: string): object {
  if (isPostgresUrl(url))
    return {
      connectionString: url,
      application_name: CONNECTION_NAME,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    }
  return { url, ...redisSettings(CONNECTION_NAME), socketTimeout: CONSUMER_TIMEOUT_MS }
}

/** A client waits for each call, so a call fails quickly instead of waiting until the queue is back. */
export function producerConnection(url: string, connectionsMax = PRODUCER_CONNECTIONS_MAX): object {
  const limits = isPostgresUrl(url)
    ? { max: connectionsMax, query_timeout: ENQUEUE_TIMEOUT_MS }
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
    ? { max: concurrency + 1, query_timeout: CONSUMER_TIMEOUT_MS, options: NO_WAIT_FOR_DISK }
    : { maxRetriesPerRequest: null }
  return { ...connection(url), ...limits }
}

/** A migration may take long. */
export function migrationConnection(url: string): object {
  return connection(url)
}
