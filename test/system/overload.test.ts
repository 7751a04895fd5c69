// Overload of the real system: a backlog, a full disk, a queue that does not answer, and clients without manners. It refuses
// with a reason before anything breaks, recovers by itself, and what it acknowledged is stored.
import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { v7 as uuidV7 } from 'uuid'
import type { Problem } from '../../src/contract/answer.ts'
import { readPostmaster } from '../../src/embedded-postgres/postmaster-pid.ts'
import { onEnd } from '../on-end.ts'
import { ownRedis } from '../own-servers.ts'
import { signalIfThere } from '../signal-if-there.ts'
import { until } from '../until.ts'
import { withClient } from '../with-client.ts'
import { childrenOf, processesOf } from './launch.ts'
import { type System, startSystem } from './system.ts'

const BACKLOG_BATCHES_MAX = 20
/** Far above what a refusal takes, and below what a request waits for a queue that does not answer. */
const REFUSAL_MS_MAX = 5_000
const RECOVERY_MS_MAX = 30_000

suite('overload', () => {
  test('the queue on PostgreSQL', async (t) => {
    const system = await start(t)
    const postmaster = (await readPostmaster(`${system.dataDir}/postgres`))?.pid as number
    await backlogGrows(t, system)
    const sessions = await childrenOf(postmaster)
    const pids = [postmaster, ...sessions.map(({ pid }) => pid)]
    await queueFreezes(system, async () => freeze(t, pids))
  })

  test('the queue on Redis', async (t) => {
    const redis = await ownRedis(t)
    if (!redis) return
    const system = await start(t, { QUEUE_URL: redis.url })
    await backlogGrows(t, system)
    await queueFreezes(system, async () => {
      await redis.freeze()
      return redis.thaw
    })
  })

  test('the disk of the embedded database', async (t) => {
    const system = await start(t, { DISK_FREE_BYTES_MIN: String(2 ** 50) })
    await refused(
      system,
      /^The disk is almost full: \d+ MiB are free, and the minimum is 1073741824 MiB\. Free some space\.$/,
    )
    const metrics = await (await fetch(`${system.url}/metrics`)).text()
    assert.match(metrics, /^playtrace_requests_shed_total\{reason="disk_full"\} [1-9]/m)
    assert.match(metrics, /^playtrace_disk_free_bytes [1-9]/m)
  })
})

/** A system, and what it has acknowledged. */
interface Sending extends System {
  acknowledged: Set<string>
}

async function start(t: TestContext, environment: Record<string, string> = {}): Promise<Sending> {
  const limits = { BACKLOG_BATCHES_MAX: String(BACKLOG_BATCHES_MAX) }
  return { ...(await startSystem(t, { ...limits, ...environment })), acknowledged: new Set() }
}

/** @returns undefined where there was no answer in time */
async function post(system: Sending, timeoutMs = 60_000): Promise<Response | undefined> {
  const event_id = uuidV7()
  const response = await fetch(`${system.url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${system.writeKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ event_id, name: 'tick', player_id: 'p' }),
    signal: AbortSignal.timeout(timeoutMs),
  }).catch(() => undefined)
  if (response?.status === 202) system.acknowledged.add(event_id)
  return response
}

const isTaken = async (system: Sending) => (await post(system, REFUSAL_MS_MAX))?.status === 202

/** Until events are refused for this reason; readiness gives it too. */
async function refused(system: Sending, reason: RegExp): Promise<void> {
  const response = await until(async () => {
    const answer = await post(system, 1_000)
    return answer?.status === 503 && answer
  }, RECOVERY_MS_MAX)
  const { code, detail } = (await response.json()) as Problem
  assert.equal(code, 'unavailable')
  assert.match(detail, reason)
  const seconds = Number(response.headers.get('retry-after'))
  assert.ok(seconds >= 1 && seconds <= 30, `Retry-After: ${seconds}`)
  const ready = await fetch(`${system.url}/readyz`)
  const answer = (await ready.json()) as { ready: boolean; degraded: string[] }
  // A process that sheds stays ready, unless its queue takes no writes.
  const expected = detail === 'The queue does not answer.' ? [503, false] : [200, true]
  assert.deepEqual([ready.status, answer.ready], expected)
  assert.ok(answer.degraded.includes(detail))
}

async function backlogGrows(t: TestContext, system: Sending): Promise<void> {
  const thaw = freeze(t, await processesOf(system.parent, 'worker'))
  await refused(system, /^The limit of 20 batches in the queue/)
  assert.ok(system.acknowledged.size >= BACKLOG_BATCHES_MAX)
  thaw()
  await until(() => isTaken(system), RECOVERY_MS_MAX)
  await allIsStored(system)
}

/** @param freezeQueue returns what ends it */
async function queueFreezes(system: Sending, freezeQueue: () => Promise<() => void>): Promise<void> {
  const thaw = await freezeQueue()
  const caughtByIt = post(system)
  await refused(system, /^The queue does not answer\.$/)
  const begin = performance.now()
  for (let request = 0; request < 20; request++) assert.equal((await post(system))?.status, 503)
  assert.ok(performance.now() - begin < REFUSAL_MS_MAX, 'refused without waiting')
  thaw()
  await until(() => isTaken(system))
  await caughtByIt
  await allIsStored(system)
}

function freeze(t: TestContext, pids: number[]): () => void {
  for (const pid of pids) signalIfThere(pid, 'SIGSTOP')
  const thaw = () => {
    for (const pid of pids.splice(0)) signalIfThere(pid, 'SIGCONT')
  }
  onEnd(t, thaw)
  return thaw
}

async function allIsStored({ databaseUrl, acknowledged }: Sending): Promise<void> {
  await withClient(databaseUrl, (client) =>
    until(async () => {
      const { rows } = await client.query<{ event_id: string }>('select event_id from playtrace.events')
      const stored = new Set(rows.map(({ event_id }) => event_id))
      assert.equal(stored.size, rows.length, 'each once')
      return acknowledged.isSubsetOf(stored)
    }, RECOVERY_MS_MAX),
  )
}
