// Work that exists and does not complete shows, and nobody has to restart anything: /readyz and the metric go bad while a
// worker hangs or its database is away, and are good again within seconds of its return.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { freshRedis } from '../fresh-redis.ts'
import { onEnd } from '../on-end.ts'
import { closeDatabase, reopenDatabase } from '../stores.ts'
import { until } from '../until.ts'
import { withClient } from '../with-client.ts'
import { processesOf } from './launch.ts'
import { type System, startSystem } from './system.ts'

/** Half a minute is a standstill (api/readiness.ts), and it is looked for every few seconds. */
const NOTICED_MS_MAX = 60_000
/** The promise is 5 s on a machine that has the time. */
const RESUMED_MS_MAX = 15_000
const HANDED_OUT_MS_MAX = 30_000

// Side by side: both mostly wait.
suite('/readyz shows a standstill, and recovers', { concurrency: true }, () => {
  test('a worker that hangs', async (t) => {
    const system = await startSystem(t)
    const [worker] = await processesOf(system.parent, 'worker')
    assert.ok(worker)
    process.kill(worker, 'SIGSTOP')
    onEnd(t, () => process.kill(worker, 'SIGCONT'))
    await standstillCheck(system, 1, () => process.kill(worker, 'SIGCONT'))
    assert.deepEqual(await processesOf(system.parent, 'worker'), [worker])
  })

  test('a database that is away, with the queue on Redis', async (t) => {
    const redisUrl = await freshRedis(t)
    if (!redisUrl) return
    const system = await startSystem(t, { QUEUE_URL: redisUrl })
    const workers = await processesOf(system.parent, 'worker')
    await closeDatabase(system.databaseUrl)
    await standstillCheck(system, 0, () => reopenDatabase(system.databaseUrl))
    assert.deepEqual(await processesOf(system.parent, 'worker'), workers)
  })
})

/** @param silent how many processes report no metrics */
async function standstillCheck(system: System, silent: number, repair: () => unknown): Promise<void> {
  assert.equal((await readyz(system)).status, 200)
  const events = Array.from({ length: 5 }, (_, index) => ({ name: 'tick', player_id: `player ${index}` }))
  for (const event of events) assert.equal(await send(system, event), 202)

  const reason = await until(async () => {
    const { degraded } = await readyz(system)
    return degraded.length > 0 && degraded.join('\n')
  }, NOTICED_MS_MAX)
  assert.match(reason, /worker/)
  assert.ok((await figure(system, 'playtrace_oldest_unprocessed_seconds')) >= 30)
  assert.equal(await figure(system, 'playtrace_silent_processes'), silent)
  assert.equal((await readyz(system)).status, 200, 'the API still takes events')
  assert.equal(await send(system, { name: 'tick', player_id: 'late' }), 202, 'what is sent meanwhile is kept')

  await repair()
  await until(async () => (await stored(system)) === events.length + 1, RESUMED_MS_MAX)
  await until(async () => (await readyz(system)).degraded.length === 0, RESUMED_MS_MAX)
  // A batch whose lock ran out meanwhile is handed out once more, and found stored.
  await until(async () => (await figure(system, 'playtrace_oldest_unprocessed_seconds')) === 0, HANDED_OUT_MS_MAX)
}

async function readyz({ url }: System): Promise<{ status: number; degraded: string[] }> {
  const answer = await fetch(`${url}/readyz`)
  const { degraded } = (await answer.json()) as { degraded: string[] }
  return { status: answer.status, degraded }
}

async function figure({ url }: System, name: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(metrics)?.[1])
}

async function send({ url, writeKey }: System, event: object): Promise<number> {
  const headers = { authorization: `Bearer ${writeKey}`, 'content-type': 'application/json' }
  const answer = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(event) })
  await answer.arrayBuffer()
  return answer.status
}

/** How many events of these tests there are. */
async function stored({ databaseUrl }: System): Promise<number> {
  const { rows } = await withClient(databaseUrl, (client) =>
    client.query<{ count: number }>('select count(*)::int as count from playtrace.events'),
  )
  return rows[0]?.count ?? 0
}
