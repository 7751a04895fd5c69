// Brings the database to this release's schema: runs the SQL files of migrations/ in order of name, each once, forward only.
import { readdir, readFile } from 'node:fs/promises'
import pg from 'pg'
import { CONNECT_TIMEOUT_MS } from './database.ts'

const MIGRATIONS = new URL('../../../migrations/', import.meta.url)
const FIRST_MIGRATION = '0001_tables.sql'

/**
 * Applies all pending migrations in one transaction. A lock makes processes that start together take turns.
 * @returns the names of the migrations that were applied now
 */
export async function migrateDatabase(url: string): Promise<string[]> {
  return withClient(url, async (client) => {
    await client.query('begin')
    await client.query(`select pg_advisory_xact_lock(hashtext('playtrace.migrate'))`)
    const applied = await applyPending(client)
    await client.query('commit')
    return applied
  })
}

/** Whether the database has migrations of a version before the first release. */
export async function isFromBeforeRelease(url: string): Promise<boolean> {
  return withClient(url, async (client) => {
    const { rows } = await client.query(`select to_regclass('playtrace.migrations') is not null as exists`)
    if (!rows[0].exists) return false
    const applied = await appliedMigrations(client)
    return applied.size > 0 && !applied.has(FIRST_MIGRATION)
  })
}

/** Closing the connection rolls back a transaction that was not committed. */
async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function applyPending(client: pg.Client): Promise<string[]> {
  await client.query('create schema if not exists playtrace')
  await client.query(`create table if not exists playtrace.migrations (
    name text primary key,
    applied_at timestamptz not null default now()
  )`)
  const applied = await appliedMigrations(client)
  const pending = (await readdir(MIGRATIONS))
    .filter((name) => name.endsWith('.sql') && !applied.has(name))
    .sort()
  for (const name of pending) {
    await client.query(await readFile(new URL(name, MIGRATIONS), 'utf8'))
    await client.query('insert into playtrace.migrations (name) values ($1)', [name])
  }
  return pending
}

async function appliedMigrations(client: pg.Client): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>('select name from playtrace.migrations')
  return new Set(rows.map(({ name }) => name))
}
