// A player with the public write key of one game, and a studio with the admin key of another, do their worst at the same time.
// A third game is served as before: its acknowledgements stay fast, and none of its events is refused or lost.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { brotliCompressSync, constants } from 'node:zlib'
import { REQUEST_INFLATED_BYTES_MAX } from '../../src/contract/limits.ts'
import { onEnd } from '../on-end.ts'
import { until } from '../until.ts'
import { withClient } from '../with-client.ts'
import { type System, startSystem } from './system.ts'

const HONEST_REQUESTS = 1_000
const HONEST_PAUSE_MS = 10
/** Times the 99th percentile that the honest game has alone, in the same run. */
const SLOWER_MAX = 3
const HOSTILE_PLAYERS = 4
const HOSTILE_READS = 8

test('a hostile player and a hostile tenant do not slow or refuse an honest game', async (t) => {
  const system = await startSystem(t)
  const honest = await keyOf(system, 'honest', 'write')
  const tenant = await keyOf(system, 'tenant', 'admin')
  await honestP99(system, honest, 200) // warm-up
  const alone = await honestP99(system, honest, HONEST_REQUESTS)
  const answers = besiege(t, system, tenant)
  const besieged = await honestP99(system, honest, HONEST_REQUESTS)
  t.diagnostic(`p99 alone ${alone.toFixed(0)} ms, besieged ${besieged.toFixed(0)} ms; ${JSON.stringify(answers())}`)
  assert.ok(besieged <= SLOWER_MAX * alone, `p99 ${besieged} ms, alone ${alone} ms`)
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

/** Until the test ends. Returns the answers so far, by status. */
function besiege(t: TestContext, system: System, tenantKey: string): () => Record<string, number> {
  const ending = new AbortController()
  onEnd(t, () => ending.abort())
  const answers: Record<string, number> = {}
  const loop = async (ask: (n: number) => Promise<Response>) => {
    for (let n = 0; !ending.signal.aborted; n++) {
      const status = await ask(n).then(
        (response) => response.status,
        () => 'no answer',
      )
      answers[status] = (answers[status] ?? 0) + 1
    }
  }
  for (let player = 0; player < HOSTILE_PLAYERS; player++)
    void loop((n) => {
      const { body, headers } = HOSTILE_BODIES[(n + player) % HOSTILE_BODIES.length] ?? assert.fail()
      return post(system, system.writeKey, body, headers, ending.signal)
    })
  for (let reader = 0; reader < HOSTILE_READS; reader++)
    void loop((n) => {
      const path = READS[(n + reader) % READS.length] ?? assert.fail()
      return fetch(`${system.url}/v1/games/tenant/${path}`, {
        headers: { authorization: `Bearer ${tenantKey}` },
        signal: ending.signal,
      }).then(async (response) => {
        await response.arrayBuffer()
        return response
      })
    })
  return () => answers
}

const READS = [
  'events?limit=1000',
  'reports/overview',
  'events.ndjson',
  'reports/retention',
  'reports/funnel?steps=a,b',
]

const filled = (head: string, unit: string, tail: string) =>
  head + unit.repeat(Math.floor((REQUEST_INFLATED_BYTES_MAX - head.length - tail.length) / unit.length)) + tail

const months = Array.from({ length: 420 }, (_, n) => ({
  name: 'a',
  player_id: 'x',
  occurred_at: new Date(Date.UTC(2015, n, 15)).toISOString(),
}))

/** The bodies of the security review: small on the wire and large in the server. */
const HOSTILE_BODIES = [
  filled('{"name":"a","player_id":"b","occurred_at":"', 'T', '"}'),
  filled('', '\n', 'x'),
  filled('[', '{},', '{}]'),
  filled('[', '[0],', '[0]]'),
  filled('{"name":"a","player_id":"b","properties":{"x":"', 'y', '"}}'),
  JSON.stringify(months),
  JSON.stringify(
    Array.from({ length: 1_000 }, (_, n) => ({
      name: `name-${n}-${'n'.repeat(80)}`,
      player_id: `player-${n}-${'p'.repeat(100)}`,
      properties: { x: 'z'.repeat(7_000) },
    })),
  ),
].map((text, index) => ({
  body: brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  headers: {
    'content-encoding': 'br',
    'content-type': index === 1 ? 'application/x-ndjson' : 'application/json',
  },
}))

async function post(
  { url }: System,
  key: string,
  body: string | Buffer,
  headers: Record<string, string> = { 'content-type': 'application/json' },
  signal: AbortSignal | null = null,
): Promise<Response> {
  const response = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, ...headers },
    body: typeof body === 'string' ? body : new Uint8Array(body),
    signal,
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
