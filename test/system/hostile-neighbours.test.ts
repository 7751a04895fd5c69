// A player with the public write key of one game, and a studio with the admin key of another, do their worst at the same time.
// A third game is served: its acknowledgements stay below two seconds, and none of its events is refused or lost.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { onEnd } from '../on-end.ts'
import { until } from '../until.ts'
import { withClient } from '../with-client.ts'
import { type System, startSystem } from './system.ts'

const HONEST_REQUESTS = 1_000
const HONEST_PAUSE_MS = 10
/** The 99th percentile under siege. Alone it is some 30 ms; before bodies were bounded, one body took 2.4 s. */
const ACK_P99_MS_MAX = 2_000

test('beside a hostile player and a hostile tenant, every request of an honest game is acknowledged in time', async (t) => {
  const system = await startSystem(t)
  const honest = await keyOf(system, 'honest', 'write')
  const tenant = await keyOf(system, 'tenant', 'admin')
  await honestP99(system, honest, 200) // warm-up
  await fillTenant(system)
  const alone = await honestP99(system, honest, HONEST_REQUESTS)
  const answers = besiege(t, system, tenant)
  const besieged = await honestP99(system, honest, HONEST_REQUESTS)
  const counts = await answers()
  t.diagnostic(`p99 alone ${alone.toFixed(0)} ms, besieged ${besieged.toFixed(0)} ms; ${JSON.stringify(counts)}`)
  assert.ok(besieged <= ACK_P99_MS_MAX, `p99 ${besieged} ms, alone ${alone} ms`)
  for (const status of [200, 202, 413, 422])
    assert.ok((counts[status] ?? 0) >= 3, `${status}: ${JSON.stringify(counts)}`)
  const sent = 200 + 2 * HONEST_REQUESTS
  await until(async () => (await storedOf(system, 'honest')) === sent, 60_000)
})

async function keyOf(system: System, game: string, kind: string): Promise<string> {
  const { code, output } = await system.run('keys', 'add', '--game', game, '--kind', kind)
  assert.equal(code, 0, output)
  return output.trim().split('\n').at(-1) ?? ''
}

/** Sends one event after another, and asserts that each is acknowledged. */
async function honestP99(system: System, key: string, requests: number): Promise<number> {
  const times: number[] = []
  const sending: Promise<void>[] = []
  for (let n = 0; n < requests; n++) {
    const body = JSON.stringify({ name: 'tick', player_id: `player-${n % 50}`, properties: { n } })
    const startedMs = performance.now()
    sending.push(
      post(system, key, body).then(({ status }) => {
        assert.equal(status, 202)
        times.push(performance.now() - startedMs)
      }),
    )
    await pause(HONEST_PAUSE_MS)
  }
  await Promise.all(sending)
  return times.sort((one, other) => one - other)[Math.floor(times.length * 0.99)] ?? Number.NaN
}

/** So that the reads of the tenant have work. */
async function fillTenant({ databaseUrl }: System): Promise<void> {
  await withClient(databaseUrl, (client) =>
    client.query(
      `insert into playtrace.events (identified_at, occurred_at, received_at, corrected_at, event_id, batch_id, game_id,
         clock_suspect, name, player_id, properties)
       select at, at, at, at, gen_random_uuid(), gen_random_uuid(), game_id, false, 'a', 'player-' || n % 500, '{"n": 1}'
       from playtrace.games, (select n, now() - n * interval '10 seconds' as at from generate_series(1, 100000) n) as times
       where game = 'tenant'`,
    ),
  )
}

/** In a thread of its own, so that the answers do not delay the clocks of the honest game. Returns the answers by status. */
function besiege(t: TestContext, { url, writeKey }: System, tenantKey: string): () => Promise<Record<string, number>> {
  const siege = new Worker(new URL('siege.ts', import.meta.url), { workerData: { url, writeKey, tenantKey } })
  onEnd(t, () => siege.terminate())
  return async () => {
    siege.postMessage('answers')
    return (await once(siege, 'message'))[0]
  }
}

async function post({ url }: System, key: string, body: string): Promise<Response> {
  const response = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body,
  })
  await response.arrayBuffer()
  return response
}

async function storedOf({ databaseUrl }: System, game: string): Promise<number> {
  const { rows } = await withClient(databaseUrl, (client) =>
    client.query(
      'select count(*)::integer as events from playtrace.events join playtrace.games using (game_id) where game = $1',
      [game],
    ),
  )
  return rows[0].events
}
