// A roll-out: the schema is migrated while a worker of the release before still runs. It stores events after a column was added,
// and waits after one was removed, without an attempt of any batch.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fleetEnvironment, type Node, startNode, statusOf } from '../fleet/fleet.ts'
import { freshDatabase } from '../stores.ts'
import { until } from '../until.ts'
import { withClient } from '../with-client.ts'
import { runCommand } from './system.ts'

const STORED_MS_MAX = 20_000
/** Several tries of a batch. */
const WATCHED_MS = 5_000

test('a worker stores events after a column was added, and waits while one is missing', async (t: TestContext) => {
  const databaseUrl = await freshDatabase(t)
  const change = (sql: string) => withClient(databaseUrl, (client) => client.query(sql))
  const env = await fleetEnvironment(t, { DATABASE_URL: databaseUrl, LOG_LEVEL: 'info' })
  assert.equal((await runCommand(['migrate'], env)).code, 0)
  const api = await startNode(t, 'api', env)
  const worker = await startNode(t, 'worker', env)

  await change(`alter table playtrace.events add column region text not null default 'none'`)
  await send(api, env)
  await until(async () => (await stored(databaseUrl)) === 1, STORED_MS_MAX)

  await change('alter table playtrace.events rename column platform to device')
  await send(api, env)
  await until(async () => (await statusOf(`${worker.url}/readyz`)) === 503, STORED_MS_MAX)
  await delay(WATCHED_MS)
  const said = worker
    .output()
    .split('\n')
    .filter((line) => line.includes('write failed'))
  assert.equal(said.length, 1, 'the outage is logged once')
  assert.match(said[0] ?? '', /"level":50.*column .*platform.* does not exist/)
  assert.equal(await statusOf(`${api.url}/readyz`), 200, 'the API still takes events')

  await change('alter table playtrace.events rename column device to platform')
  await until(async () => (await stored(databaseUrl)) === 2, STORED_MS_MAX)
  await until(async () => (await statusOf(`${worker.url}/readyz`)) === 200, STORED_MS_MAX)
  const { output } = await runCommand(['dead-letters'], env)
  assert.equal(output, 'There are no dead letters.\n')
})

async function send({ url }: Node, env: NodeJS.ProcessEnv): Promise<void> {
  const answer = await fetch(`${url}/v1/events?key=${env['PLAYTRACE_WRITE_KEY']}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'tick', player_id: 'player-1', platform: 'web' }),
  })
  assert.equal(answer.status, 202)
  await answer.arrayBuffer()
}

async function stored(databaseUrl: string): Promise<number> {
  const { rows } = await withClient(databaseUrl, (client) =>
    client.query<{ count: number }>('select count(*)::int as count from playtrace.events'),
  )
  return rows[0]?.count ?? 0
}
