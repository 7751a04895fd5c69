// Connections to PostgreSQL, whose failures are StorageErrors.
import pg from 'pg'
import { connectionSettings } from './connection.ts'
import { storageErrorOf } from './storage-error.ts'

/** The functions of a pool that storage uses. */
export interface Database {
  /** @throws StorageError */
  // biome-ignore lint/suspicious/noExplicitAny: rows without a declared type are as pg declares them.
  query<Row extends pg.QueryResultRow = any>(text: string, values?: unknown[]): Promise<pg.QueryResult<Row>>
  /**
   * Takes a connection from the pool until it is released. Its queries throw pg's errors, which {@link inTransaction} translates.
   * @throws StorageError
   */
  connect(): Promise<pg.PoolClient>
  end(): Promise<void>
}

/** The server ends a statement after this. */
const QUERY_TIMEOUT_MS = 30_000
/** The client waits this much longer than the server's time limit. A server that then has not answered counts as away. */
const ANSWER_GRACE_MS = 2_000

export interface DatabaseOptions {
  /** Shown as application_name in pg_stat_activity. */
  name: string
  connectionsMax: number
  /** Is called when an idle connection breaks. The pool replaces it. */
  reportError: (error: Error) => void
  /** 0: none. */
  queryTimeoutMs?: number
  /**
   * A statement that waits for a lock longer than this fails as DATABASE_AWAY. A commit that waits for a lost standby keeps its
   * locks, and the next try of its batch would reach the time limit of the query. Absent: no limit.
   */
  lockTimeoutMs?: number | undefined
}

export function openDatabase(
  url: string,
  { name, connectionsMax, reportError, queryTimeoutMs = QUERY_TIMEOUT_MS, lockTimeoutMs }: DatabaseOptions,
): Database {
  const pool = new pg.Pool({
    ...connectionSettings(url, name),
    max: connectionsMax,
    query_timeout: queryTimeoutMs && queryTimeoutMs + ANSWER_GRACE_MS,
    statement_timeout: queryTimeoutMs,
    ...(lockTimeoutMs !== undefined && { lock_timeout: lockTimeoutMs }),
  })
  pool.on('error', reportError)
  return {
    query: (text, values) => pool.query(text, values).catch(throwStorageError),
    connect: () => pool.connect().catch(throwStorageError),
    end: () => pool.end(),
  }
}

function throwStorageError(error: unknown): never {
  throw storageErrorOf(error)
}
