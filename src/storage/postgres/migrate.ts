// Brings the database to this release's schema: runs the SQL files of migrations/ in order of name, each once, forward only.
import { readdir, readFile } from 'node:fs/promises'
import type { Client } from 'pg'
import { withClient } from './connection.ts'

const MIGRATIONS = new URL('../../../migrations/', import.meta.url)
/** A server that does not answer the questions of a start within this time counts as away. */
const ANSWER_MS_MAX = 10_000
const FIRST_MIGRATION = '0001_events.sql'
/** The comment in a migration that names the oldest release which can run after it. */
const OLDEST_RELEASE = /^-- oldest release: (\d+\.\d+\.\d+)$/m

/**
 * Applies all pending migrations in one transaction. A lock makes processes that start together take turns.
 * @param onNotice receives what a migration could not do, such as creating a role
 * @returns the names of the migrations that were applied now
 */
export async function migrateDatabase(url: string, onNotice?: (message: string) => void): Promise<string[]> {
  return withClient(url, { name: 'migrate', ...(onNotice && { onNotice }) }, async (client) => {
    // "already exists, skipping" is no news.
    await client.query(`set client_min_messages = warning; begin`)
    await client.query(`select pg_advisory_xact_lock(hashtext('playtrace.migrate'))`)
    const applied = await applyPending(client)
    await client.query('commit')
    return applied
  })
}

export interface SchemaState {
  /** The encoding of the database, such as UTF8. */
  encoding: string
  /** An unreleased version has created the tables. */
  isFromBeforeRelease: boolean
  /** The database has tables of Playtrace. */
  isMigrated: boolean
  /** The oldest release that can run on this schema, such as 0.1.0. Absent in a database without a schema. */
  oldestRelease: string | undefined
}

/** @throws StorageError */
export async function readSchemaState(url: string): Promise<SchemaState> {
  return withClient(url, { name: 'start', queryTimeoutMs: ANSWER_MS_MAX }, async (client) => {
    const { rows } = await client.query(
      `select current_setting('server_encoding') as encoding, to_regclass('playtrace.migrations') is not null as exists`,
    )
    const { encoding, exists } = rows[0]
    if (!exists) return { encoding, isMigrated: false, isFromBeforeRelease: false, oldestRelease: undefined }
    // A row of an unreleased version has no oldest_release.
    const { rows: migrations } = await client.query<{ name: string; oldest_release: string | null }>(
      `select name, to_jsonb(migrations) ->> 'oldest_release' as oldest_release from playtrace.migrations`,
    )
    return {
      encoding,
      isMigrated: migrations.length > 0,
      isFromBeforeRelease: migrations.length > 0 && !migrations.some(({ name }) => name === FIRST_MIGRATION),
      oldestRelease: migrations
        .flatMap(({ oldest_release }) => oldest_release ?? [])
        .sort(compareReleases)
        .at(-1),
    }
  })
}

/** For Array.sort: by the numbers of `major.minor.patch`. A pre-release counts as its release. */
export function compareReleases(one: string, other: string): number {
  const [a, b] = [one, other].map((release) => release.replace(/-.*/, '').split('.').map(Number)) as [
    number[],
    number[],
  ]
  return a.map((part, at) => part - (b[at] ?? 0)).find((difference) => difference !== 0) ?? 0
}

async function applyPending(client: Client): Promise<string[]> {
  // `create schema if not exists` needs the right to create schemas, even if the schema is there.
  const { rows: schemas } = await client.query(`select to_regnamespace('playtrace') is not null as exists`)
  if (!schemas[0].exists) await client.query('create schema playtrace')
  await client.query(`create table if not exists playtrace.migrations (
    name text primary key,
    applied_at timestamptz not null default now(),
    oldest_release text not null
  )`)
  const { rows } = await client.query<{ name: string }>('select name from playtrace.migrations')
  const applied = new Set(rows.map(({ name }) => name))
  const pending = (await readdir(MIGRATIONS)).filter((name) => name.endsWith('.sql') && !applied.has(name)).sort()
  for (const name of pending) {
    const sql = await readFile(new URL(name, MIGRATIONS), 'utf8')
    const oldestRelease = OLDEST_RELEASE.exec(sql)?.[1]
    if (oldestRelease === undefined) throw new Error(`${name} has no line "-- oldest release: x.y.z".`)
    await client.query(sql)
    await client.query('insert into playtrace.migrations (name, oldest_release) values ($1, $2)', [name, oldestRelease])
  }
  return pending
}
