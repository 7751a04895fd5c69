// Creates the database of the embedded server, which starts with PostgreSQL's own databases only.
import { withClient } from './connection.ts'

/** @param url the URL of another database of the server, by a user who may create databases */
export async function ensureDatabase(url: string, name: string): Promise<void> {
  await withClient(url, { name: 'start' }, async (client) => {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name])
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`)
  })
}
