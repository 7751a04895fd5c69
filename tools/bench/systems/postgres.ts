// A PostgreSQL server with the settings that Playtrace gives its own, and nothing else on it.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../../../src/storage/embedded-postgres.ts'

export interface Postgres {
  pid: number
  /** Makes an empty database. @returns its URL */
  createDatabase(name: string): Promise<string>
  stop(): Promise<void>
}

/** @param folder where the server's data folder is made */
export async function startPostgres(folder: string): Promise<Postgres> {
  const dataDir = join(folder, 'postgres')
  await mkdir(dataDir, { recursive: true })
  const server = await startEmbeddedPostgres({ dataDir, onExit: (error) => console.error(error) })
  return {
    pid: server.pid,
    async createDatabase(name) {
      const client = new pg.Client(server.url)
      await client.connect()
      await client.query(`create database ${name}`)
      await client.end()
      return Object.assign(new URL(server.url), { pathname: `/${name}` }).href
    },
    stop: () => server.stop(),
  }
}
