// The hostile side of hostile-neighbours.test.ts, as a thread: players that send the bodies of the security review, and a tenant
// that reads without a pause. It answers each message with the numbers of its answers by status.
import assert from 'node:assert/strict'
import { parentPort, workerData } from 'node:worker_threads'
import { brotliCompressSync, constants } from 'node:zlib'
import { REQUEST_INFLATED_BYTES_MAX } from '../../src/contract/limits.ts'

const PLAYERS = 4
const READERS = 8

const { url, writeKey, tenantKey } = workerData as { url: string; writeKey: string; tenantKey: string }

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
  body: new Uint8Array(brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })),
  headers: {
    'content-encoding': 'br',
    'content-type': index === 1 ? 'application/x-ndjson' : 'application/json',
  },
}))

const answers: Record<string, number> = {}

async function loop(ask: (n: number) => Promise<Response>): Promise<never> {
  for (let n = 0; ; n++) {
    const status = await ask(n).then(
      async (response) => {
        await response.arrayBuffer()
        return response.status
      },
      () => 'no answer',
    )
    answers[status] = (answers[status] ?? 0) + 1
  }
}

for (let player = 0; player < PLAYERS; player++)
  void loop((n) => {
    const { body, headers } = HOSTILE_BODIES[(n + player) % HOSTILE_BODIES.length] ?? assert.fail()
    const authorization = `Bearer ${writeKey}`
    return fetch(`${url}/v1/events`, { method: 'POST', headers: { authorization, ...headers }, body })
  })
for (let reader = 0; reader < READERS; reader++)
  void loop((n) => {
    const path = READS[(n + reader) % READS.length] ?? assert.fail()
    return fetch(`${url}/v1/games/tenant/${path}`, { headers: { authorization: `Bearer ${tenantKey}` } })
  })
parentPort?.on('message', () => parentPort?.postMessage(answers))
