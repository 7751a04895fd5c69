// How every connection to PostgreSQL is made: its name, its time limits and its settings.
import pg from 'pg'
import { storageErrorOf } from './storage-error.ts'

/** The database counts as away if it gives no connection within this time. */
const CONNECT_TIMEOUT_MS = 5_000
/** The connection is checked after this long without traffic. Otherwise a host that vanished is noticed after hours. */
const KEEP_ALIVE_MS = 10_000
/** With `off`, as a server for an old application may have it, a null in an array becomes the text NULL. */
const NULLS_IN_ARRAYS = '-c array_nulls=on'

/** @param name shown as application_name in pg_stat_activity */
export function connectionSettings(url: string, name: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: `playtrace-${name}`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    options: NULLS_IN_ARRAYS,
  }
}

interface ClientOptions {
  name: string
  /** Absent: none. */
  queryTimeoutMs?: number
  /** Receives the notices of the server. */
  onNotice?: (message: string) => void
}

/**
 * Opens one connection and closes it after `work`, which rolls back a transaction that was not committed.
 * @throws StorageError
 */
export async function withClient<T>(
  url: string,
  { name, queryTimeoutMs, onNotice }: ClientOptions,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    ...connectionSettings(url, name),
    ...(queryTimeoutMs !== undefined && { query_timeout: queryTimeoutMs }),
  })
  // A cut connection also fails the query that uses it.
  client.on('error', () => {})
  client.on('notice', ({ message }) => onNotice?.(message ?? ''))
  try {
    await client.connect()
    return await work(client)
  } catch (error) {
    throw storageErrorOf(error)
  } finally {
    await client.end()
  }
}
