// Connections to PostgreSQL.
import pg from 'pg'

export type Database = pg.Pool

/** How long a query waits for a connection before the database counts as away. */
const CONNECT_TIMEOUT_MS = 5_000
/** The server ends a statement after this. */
const QUERY_TIMEOUT_MS = 30_000
/**
 * How much longer the client waits. The server's own timeout must come first: a server that does not even report it does
 * not answer, and counts as away.
 */
const ANSWER_GRACE_MS = 2_000

export interface DatabaseOptions {
  /** Shown as application_name in pg_stat_activity. */
  name: string
  connectionsMax: number
  /** An idle connection broke: the pool replaces it, nobody waits for it. */
  reportError: (error: Error) => void
  /** 0: none. */
  queryTimeoutMs?: number
}

export function openDatabase(
  url: string,
  { name, connectionsMax, reportError, queryTimeoutMs = QUERY_TIMEOUT_MS }: DatabaseOptions,
): Database {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: `playtrace-${name}`,
    max: connectionsMax,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: queryTimeoutMs && queryTimeoutMs + ANSWER_GRACE_MS,
    statement_timeout: queryTimeoutMs,
    keepAlive: true,
  })
  pool.on('error', reportError)
  return pool
}
