// Connections to PostgreSQL.
import pg from 'pg'

export type Database = pg.Pool

/** How long a query waits for a connection before the database counts as away. */
const CONNECT_TIMEOUT_MS = 5_000
/** A database that holds the connection and answers nothing counts as away after this. */
const QUERY_TIMEOUT_MS = 30_000

/**
 * @param name shown as application_name in pg_stat_activity
 * @param reportError an idle connection broke: the pool replaces it, nobody waits for it
 */
export function openDatabase(
  url: string,
  {
    name,
    connectionsMax,
    reportError,
  }: { name: string; connectionsMax: number; reportError: (error: Error) => void },
): Database {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: `playtrace-${name}`,
    max: connectionsMax,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    statement_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
  })
  pool.on('error', reportError)
  return pool
}
