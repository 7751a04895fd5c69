// API and worker are killed at random moments, thirty times, under load from clients that send again what was not
// acknowledged. At the end every acknowledged event is stored, once, and nothing that was never sent.
import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { v7 as uuidV7 } from 'uuid'
import { freshRedis } from '../fresh-redis.ts'
import { until } from '../until.ts'
import { withClient } from '../with-client.ts'
import { processesOf } from './launch.ts'
import { type System, startSystem } from './system.ts'

const KILLS = 30
const CLIENTS = 4
const REQUEST_EVENTS = 20
const REQUEST_TIMEOUT_MS = 5_000
/** The longest a killed worker's batches wait for another, and then some. */
const DRAIN_TIMEOUT_MS = 60_000

// Side by side: both wait for restarts more than they work.
suite('30 kills lose no event and store none twice', { concurrency: true }, () => {
  test('the queue on PostgreSQL', (t) => killsCheck(t, {}))

  test('the queue on Redis', async (t) => {
    const redisUrl = await freshRedis(t)
    if (redisUrl) await killsCheck(t, { QUEUE_URL: redisUrl })
  })
})

async function killsCheck(t: TestContext, environment: Record<string, string>): Promise<void> {
  const system = await startSystem(t, environment)
  const acknowledged = new Set<string>()
  const sent = new Set<string>()
  const stop = new AbortController()
  const clients = Array.from({ length: CLIENTS }, () => playClient(system, sent, acknowledged, stop.signal))

  for (let kill = 0; kill < KILLS; kill++) {
    const before = acknowledged.size
    // Never twice without progress in between: a system that is down all the time proves nothing.
    await until(() => acknowledged.size > before, DRAIN_TIMEOUT_MS)
    await pause(Math.random() * 100)
    const command = kill % 2 === 0 ? 'api' : 'worker'
    const victim = await until(async () => (await processesOf(system.parent, command))[0])
    process.kill(victim, 'SIGKILL')
  }
  stop.abort()
  await Promise.all(clients)

  assert.equal(acknowledged.size, sent.size, 'every client ended with everything acknowledged')
  const stored = await until(async () => {
    const ids = await storedIds(system.databaseUrl)
    return ids.length >= acknowledged.size && ids
  }, DRAIN_TIMEOUT_MS)
  assert.equal(stored.length, acknowledged.size, 'stored once each')
  assert.deepEqual(new Set(stored), acknowledged)
}

/** Like a game's client: keeps what is not acknowledged, and sends it again with the same ids. */
async function playClient(
  system: System,
  sent: Set<string>,
  acknowledged: Set<string>,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    const events = Array.from({ length: REQUEST_EVENTS }, () => ({
      event_id: uuidV7(),
      name: 'tick',
      player_id: 'p',
    }))
    for (const { event_id } of events) sent.add(event_id)
    await until(() => isAcknowledged(system, events), DRAIN_TIMEOUT_MS)
    for (const { event_id } of events) acknowledged.add(event_id)
  }
}

async function isAcknowledged({ url, writeKey }: System, events: object[]): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${writeKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(events),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    })
    await answer.arrayBuffer()
    if (answer.status === 202) return true
    assert.equal(answer.status, 503)
    return false
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error
    return false // the connection broke: nothing is known, so it is sent again
  }
}

async function storedIds(databaseUrl: string): Promise<string[]> {
  const { rows } = await withClient(databaseUrl, (client) =>
    client.query<{ event_id: string }>('select event_id from playtrace.events'),
  )
  return rows.map(({ event_id }) => event_id)
}
