// Creates the database of the embedded server, which starts with PostgreSQL's own databases only.
import pg from 'pg'
import { CONNECT_TIMEOUT_MS } from './database.ts'

/** @param url the URL of another database of the server, by a user who may create databases */
export async function ensureDatabase(url: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  await client.connect()
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name])
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`)
  } finally {
    await client.end()
  }
}
