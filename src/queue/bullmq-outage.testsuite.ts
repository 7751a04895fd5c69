// Tests on PostgreSQL and Redis that no batch is lost when processes and servers are killed or stop answering.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { batchOf, storableEvent } from '../../test/batches.ts'
import { onEnd } from '../../test/on-end.ts'
import type { OwnServer } from '../../test/own-servers.ts'
import { until } from '../../test/until.ts'
import type { EventBatch } from '../ingest/event-batch.ts'
import type { BullmqQueue } from './bullmq-queue.ts'
import { migrateQueue, openBullmqQueue } from './bullmq-queue.ts'
import { deferredQueue } from './deferred-queue.ts'
import { consume } from './event-queue.testsuite.ts'
import { type Outcome, QueueUnavailable } from './event-queue.ts'

export interface Store {
  name: string
  freshUrl(t: TestContext): Promise<string>
  ownServer(t: TestContext): Promise<OwnServer>
}

const DONE: Outcome = { kind: 'done' }
/** The time until the lock of a killed consumer expires and the next check finds it: see WORKER_OPTIONS. */
const STALLED_MS_MAX = 60_000
/** The sum of the limits for connecting and for the command. */
const ENQUEUE_FAILS_MS_MAX = 17_000

const oneEvent = () => batchOf([storableEvent()])

async function open(t: TestContext, url: string): Promise<BullmqQueue> {
  await migrateQueue(url)
  const queue = await openBullmqQueue(url, () => {})
  onEnd(t, () => queue.close())
  return queue
}

const isTaken = (queue: BullmqQueue, batch: EventBatch) =>
  queue.enqueue(batch).then(
    () => true,
    () => false,
  )

/** Whether no batch is left in any state. False while the connection is not yet restored. */
const isEmpty = (queue: BullmqQueue) =>
  queue.counts().then(
    (counts) => Object.values(counts).every((count) => count === 0),
    () => false,
  )

export function bullmqOutageSuite(store: Store): void {
  describe(`outages of ${store.name}`, { concurrency: true }, () => {
    test('a batch whose consumer is killed three times in a row goes to another consumer', async (t) => {
      const url = await store.freshUrl(t)
      const queue = await open(t, url)
      const batch = oneEvent()
      await queue.enqueue(batch)
      for (let kills = 0; kills < 3; kills++) await killInMidBatch(t, url, batch.batch_id)
      const got: unknown[] = []
      consume(t, queue, async (one) => {
        got.push(one)
        return { kind: 'dead_letter', error: new Error('to see the attempts') }
      })
      const [letter] = await until(async () => {
        const letters = await queue.deadLetters(1)
        return letters.length > 0 && letters
      }, STALLED_MS_MAX)
      assert.deepEqual(got, [batch])
      assert.equal(letter?.attempts, 1, 'a kill does not count as an attempt')
    })

    test('a server', async (t) => {
      const server = await store.ownServer(t)
      await t.test('that is killed still has every batch', (t) => serverIsKilled(t, server))
      await t.test('that is away: an enqueue fails soon; producer and consumer continue when it is back', (t) =>
        serverGoesAway(t, server),
      )
      await t.test('that hangs: an enqueue fails within a bounded time', (t) => serverFreezes(t, server))
      await t.test('that is away when the queue is opened: producer and consumer start when it is there', (t) =>
        serverComesLate(t, server),
      )
    })
  })
}

async function killInMidBatch(t: TestContext, url: string, batchId: string): Promise<void> {
  const program = fileURLToPath(new URL('../../test/fixtures/consume-and-hang.ts', import.meta.url))
  const child = spawn(process.execPath, [program, url], { stdio: ['ignore', 'pipe', 'inherit'] })
  onEnd(t, () => child.kill('SIGKILL'))
  const handed = await Promise.race([
    once(child.stdout, 'data', { signal: AbortSignal.timeout(STALLED_MS_MAX) }),
    once(child, 'exit').then(([code]) => assert.fail(`The consumer ended with code ${code}.`)),
  ])
  assert.equal(String(handed[0]).trim(), batchId)
  child.kill('SIGKILL')
}

async function serverIsKilled(t: TestContext, server: OwnServer): Promise<void> {
  const queue = await open(t, server.url)
  const batches = [oneEvent(), oneEvent()]
  for (const batch of batches) await queue.enqueue(batch)
  await server.kill()
  await server.restart()
  const got: unknown[] = []
  consume(t, queue, async (one) => {
    got.push(one)
    return DONE
  })
  await until(() => isEmpty(queue))
  assert.deepEqual(got, batches)
}

async function serverGoesAway(t: TestContext, server: OwnServer): Promise<void> {
  const queue = await open(t, server.url)
  const handled: string[] = []
  const gate = Promise.withResolvers<Outcome>()
  const held = oneEvent()
  consume(
    t,
    queue,
    ({ batch_id }) => {
      handled.push(batch_id)
      return batch_id === held.batch_id ? gate.promise : Promise.resolve(DONE)
    },
    2,
  )
  await queue.enqueue(held)
  await until(() => handled.length === 1)

  const idle = await openBullmqQueue(server.url, () => {})
  await server.kill()
  const batch = oneEvent()
  const before = performance.now()
  await assert.rejects(queue.enqueue(batch), QueueUnavailable)
  assert.ok(performance.now() - before < ENQUEUE_FAILS_MS_MAX)
  gate.resolve(DONE) // the outcome cannot be recorded, because the server is away
  await idle.close()

  await server.restart()
  await until(() => isTaken(queue, batch))
  await until(() => handled.includes(batch.batch_id), STALLED_MS_MAX)
  // The held batch may be consumed once more before the queue is empty.
  await until(() => isEmpty(queue), STALLED_MS_MAX)
}

async function serverComesLate(t: TestContext, server: OwnServer): Promise<void> {
  await migrateQueue(server.url)
  await server.kill()
  const opening = Promise.withResolvers<BullmqQueue>()
  const queue = deferredQueue(server.url, opening.promise, () => undefined)
  onEnd(t, () => queue.close())
  const handled: string[] = []
  consume(t, queue, async ({ batch_id }) => {
    handled.push(batch_id)
    return DONE
  })
  const batch = oneEvent()
  await assert.rejects(queue.enqueue(batch), QueueUnavailable)
  const unreachable = { name: 'Error', message: /^Cannot connect to the queue: / }
  await assert.rejects(
    openBullmqQueue(server.url, () => {}),
    unreachable,
  )

  await server.restart()
  opening.resolve(await openBullmqQueue(server.url, () => {}))
  await until(() => isTaken(queue, batch), ENQUEUE_FAILS_MS_MAX)
  await until(() => handled.includes(batch.batch_id))
}

async function serverFreezes(t: TestContext, server: OwnServer): Promise<void> {
  const queue = await open(t, server.url)
  const batch = oneEvent()
  await queue.enqueue(batch)
  await server.freeze()
  const before = performance.now()
  await assert.rejects(queue.enqueue(oneEvent()), QueueUnavailable)
  assert.ok(performance.now() - before < ENQUEUE_FAILS_MS_MAX)
  await server.thaw()
  await until(() => isTaken(queue, batch))
}
