// Brings the database to this release's schema: the SQL files of migrations/ in order of name, each once, forward only.
import { readdir, readFile } from 'node:fs/promises'
import pg from 'pg'

const MIGRATIONS = new URL('../../../migrations/', import.meta.url)
const CONNECT_TIMEOUT_MS = 5_000

/**
 * All in one transaction, behind a lock that lets one of many starting processes through at a time.
 * @returns the names of the migrations that were applied now
 */
export async function migrateDatabase(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  await client.connect()
  try {
    await client.query('begin')
    await client.query(`select pg_advisory_xact_lock(hashtext('playtrace.migrate'))`)
    const applied = await applyPending(client)
    await client.query('commit')
    return applied
  } finally {
    // Without the commit, closing the connection rolls back.
    await client.end()
  }
}

async function applyPending(client: pg.Client): Promise<string[]> {
  await client.query('create schema if not exists playtrace')
  await client.query(`create table if not exists playtrace.migrations (
    name text primary key,
    applied_at timestamptz not null default now()
  )`)
  const { rows } = await client.query<{ name: string }>('select name from playtrace.migrations')
  const done = new Set(rows.map(({ name }) => name))
  const pending = (await readdir(MIGRATIONS))
    .filter((name) => name.endsWith('.sql') && !done.has(name))
    .sort()
  for (const name of pending) {
    await client.query(await readFile(new URL(name, MIGRATIONS), 'utf8'))
    await client.query('insert into playtrace.migrations (name) values ($1)', [name])
  }
  return pending
}
