// The exports of an API that reads a fresh database, for tests.
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import type { AppParts } from '../src/api/app.ts'
import { exportEvents } from '../src/storage/events/export-events.ts'
import { attachMonth } from '../src/storage/events/partitions.ts'
import { readWriteWindow } from '../src/storage/events/write-window.ts'
import type { Database } from '../src/storage/postgres/database.ts'
import { batchWriter } from './batch-writer.ts'
import { openFreshDatabase } from './stores.ts'
import { DEMO, openTestApp } from './test-app.ts'

/** An API whose exports read a fresh database, over real sockets. */
export async function openExports(t: TestContext, parts: Partial<AppParts> = {}) {
  const { database } = await openFreshDatabase(t, 6)
  const api = await openTestApp({
    exportEvents: (...query) => exportEvents(database, ...query),
    readWriteWindow: (since) => readWriteWindow(database, since),
    ...parts,
  })
  t.after(() => api.close())
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = api.app.server.address() as AddressInfo
  const begin = async (path: string, headers: Record<string, string> = {}, game = 'demo') => {
    const request = get({
      port,
      host: '127.0.0.1',
      path: `/v1/games/${game}/events.${path}`,
      headers: { authorization: `Bearer ${DEMO.admin}`, ...headers },
    })
    const [answer] = (await once(request, 'response')) as [IncomingMessage]
    return answer
  }
  return {
    api,
    port,
    database,
    write: batchWriter(database),
    begin,
    read: async (path: string) => text(await begin(path)),
  }
}

/** Stores events of 300 bytes, four in each hour. */
export async function fillEvents(database: Database, events: number, gameId = 1): Promise<void> {
  await attachMonth(database, '2026-08')
  await database.query(
    `insert into playtrace.events
       (identified_at, occurred_at, received_at, corrected_at, event_id, batch_id, game_id, clock_suspect, name, player_id, session_id, properties)
     select at, at, at, at, gen_random_uuid(), gen_random_uuid(), $2, false, 'name-' || n % 7, 'player-' || n % 500, 's-' || n / 10,
       jsonb_build_object('n', n, 'steam_id', 76561197960287930123, 'text', repeat('x', 200))
     from (select n, timestamptz '2026-08-01 00:00:00+00' + n * interval '1 second' as at from generate_series(1, $1::int) n) _`,
    [events, gameId],
  )
}

/** The number of exports that wait for rows. */
export const runningExports = async (database: Database) => {
  const { rows } = await database.query(
    `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
     and (query like 'fetch%' or query like 'declare%') and state <> 'idle'`,
  )
  return rows.length
}
