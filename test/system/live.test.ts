// The live tail through the real processes: what is sent to either API process is seen by listeners of both within a second.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { v7 as uuidV7 } from 'uuid'
import { freshRedis } from '../fresh-redis.ts'
import { type Listener, listen } from '../live-stream.ts'
import { until } from '../until.ts'
import { startSystem, stop } from './system.ts'

const SEEN_MS_MAX = 1_000
/** API processes share the port and take turns, so with this number of listeners each process has some. */
const LISTENERS = 4
const SENDINGS = 5

test('what is sent is seen within a second: the queue on PostgreSQL', (t) => liveCheck(t, {}))

test('what is sent is seen within a second: the queue on Redis', async (t) => {
  const redisUrl = await freshRedis(t)
  if (redisUrl) await liveCheck(t, { QUEUE_URL: redisUrl })
})

async function liveCheck(t: TestContext, environment: Record<string, string>): Promise<void> {
  const system = await startSystem(t, { API_PROCESSES: '2', ...environment })
  const listeners: Listener[] = []
  for (let number = 0; number < LISTENERS; number++)
    listeners.push(await listen(t, `${system.url}/v1/games/demo/live`, system.adminKey))
  const tookMs: number[] = []
  for (let sending = 0; sending < SENDINGS; sending++) {
    const event_id = uuidV7()
    const sentAtMs = performance.now()
    const answer = await fetch(`${system.url}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${system.writeKey}`, 'content-type': 'application/json' },
      body: JSON.stringify([
        { event_id, name: 'sent', player_id: 'p' },
        { name: 'bad', event_id: uuidV7() },
      ]),
    })
    assert.equal(answer.status, 202)
    for (const { came } of listeners) {
      const stored = await until(() => came.find(({ data }) => data.event_id === event_id))
      const rejected = await until(() => came.filter(({ event }) => event === 'rejected')[sending])
      tookMs.push(Math.max(stored.atMs, rejected.atMs) - sentAtMs)
    }
  }
  tookMs.sort((one, other) => one - other)
  assert.ok((tookMs.at(-1) ?? 0) < SEEN_MS_MAX, `${tookMs.map(Math.round).join(', ')} ms`)
  for (const { rates } of listeners)
    await until(() => rates.some(({ data }) => data.stored_per_second > 0 && data.queue?.waiting === 0))
  assert.equal(await stop(system.parent), 0)
  await Promise.all(listeners.map(({ ended }) => ended))
}
