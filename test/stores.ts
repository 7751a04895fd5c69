// A database of each test's own on the server that test/run.ts started. It is cloned from a migrated template, which takes a
// fraction of the time that migrating takes.
import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { migrateQueue } from '../src/queue/bullmq-queue.ts'
import { type Database, openDatabase } from '../src/storage/postgres/database.ts'
import { migrateDatabase } from '../src/storage/postgres/migrate.ts'
import { onEnd } from './on-end.ts'
import { withClient } from './with-client.ts'

/** Once in a run, by test/run.ts. Nobody may be connected to a template, so nobody is handed its URL. */
export async function createTemplate(serverUrl: string, template: string): Promise<void> {
  await withClient(serverUrl, (server) => server.query(`create database ${template}`))
  await migrateDatabase(databaseUrl(serverUrl, template))
  await migrateQueue(databaseUrl(serverUrl, template))
}

export async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  await withClient(serverUrl, (server) => server.query(`drop database if exists ${name} with (force)`))
}

/** @returns the URL of a migrated database, tables and queue, that is gone when the test ends */
export async function freshDatabase(t: TestContext): Promise<string> {
  return cloneOf(t, ` template ${required('TEST_TEMPLATE')}`)
}

/** @returns the URL of a database with nothing in it, that is gone when the test ends */
export async function emptyDatabase(t: TestContext): Promise<string> {
  return cloneOf(t, '')
}

/** A migrated database and connections to it. */
export async function openFreshDatabase(
  t: TestContext,
  connectionsMax = 4,
): Promise<{ url: string; database: Database }> {
  const url = await freshDatabase(t)
  return { url, database: connect(t, url, connectionsMax) }
}

/** Connections that are closed when the test ends. */
export function connect(t: TestContext, url: string, connectionsMax = 4, queryTimeoutMs?: number): Database {
  const limit = queryTimeoutMs === undefined ? {} : { queryTimeoutMs }
  const database = openDatabase(url, { name: 'test', connectionsMax, reportError: () => {}, ...limit })
  onEnd(t, () => database.end())
  return database
}

/** To every client the database is away: nobody can connect, and every connection is cut. */
export async function closeDatabase(url: string): Promise<void> {
  await withClient(databaseUrl(url, 'postgres'), async (server) => {
    await server.query(`alter database ${nameOf(url)} allow_connections false`)
    await server.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [nameOf(url)])
  })
}

export async function reopenDatabase(url: string): Promise<void> {
  await withClient(databaseUrl(url, 'postgres'), (server) =>
    server.query(`alter database ${nameOf(url)} allow_connections true`),
  )
}

async function cloneOf(t: TestContext, template: string): Promise<string> {
  const serverUrl = required('TEST_DATABASE_URL')
  const name = `playtrace_test_${randomUUID().replaceAll('-', '')}`
  await withClient(serverUrl, (server) => server.query(`create database ${name}${template}`))
  onEnd(t, () => dropDatabase(serverUrl, name))
  return databaseUrl(serverUrl, name)
}

function nameOf(url: string): string {
  return new URL(url).pathname.slice(1)
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

function required(name: 'TEST_DATABASE_URL' | 'TEST_TEMPLATE'): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: run this file with \`npm test -- path/to/it\`.`)
  return value
}
