// The test suite for every implementation of the queue. Test files run it in memory, on PostgreSQL and on Redis.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { batchOf, quarantinedEvent, storableEvent, storableEvents } from '../../test/batches.ts'
import { onEnd } from '../../test/on-end.ts'
import { until } from '../../test/until.ts'
import type { EventBatch } from '../ingest/event-batch.ts'
import type { Consumer, EventQueue, HandleBatch, Outcome } from './event-queue.ts'
import type { QueueInspector } from './queue-inspector.ts'

export const ATTEMPTS = 3

type InspectedQueue = EventQueue & QueueInspector

/** Opens an empty queue with {@link ATTEMPTS} attempts and short delays. The end of the test closes it. */
export type OpenQueue = (t: TestContext) => Promise<InspectedQueue>

const DONE: Outcome = { kind: 'done' }
const NOTHING = { waiting: 0, active: 0, delayed: 0, dead_letters: 0 }

const failed = (message: string): Outcome => ({ kind: 'retry', error: new Error(message) })
const oneEvent = () => batchOf([storableEvent()])
const isEmpty = async (queue: InspectedQueue) => {
  const { waiting, active, delayed } = await queue.counts()
  return waiting + active + delayed === 0
}

/** Consumes until the test ends. */
export function consume(t: TestContext, queue: EventQueue, handle: HandleBatch, concurrency = 1): Consumer {
  const consumer = queue.consume(handle, concurrency)
  onEnd(t, () => consumer.stop())
  return consumer
}

export function eventQueueSuite(name: string, open: OpenQueue): void {
  describe(`queue on ${name}`, { concurrency: false }, () => {
    carries(open)
    handsOut(open)
    retries(open)
    releases(open)
    givesUp(open)
    counts(open)
  })
}

function carries(open: OpenQueue): void {
  test('delivers a batch exactly as it was enqueued', async (t) => {
    const queue = await open(t)
    const odd = storableEvent({
      name: 'läuft 🎮 ‮\u{10ffff}',
      player_id: '\t"\\\n\u0001',
      sent_at: '0002-01-01T00:00:00.000001Z BC',
      properties: '{ "id" : 76561198000000001, "x":1e-7, "s":"\\ud83c\\udfae \\u00e4 日本" }',
      dated: false,
    })
    const events = storableEvents(999, (index) => ({ properties: `{"n":${index}}` }))
    const batch = batchOf([odd, ...events], [quarantinedEvent({ raw: '{"name":"\\u0000 ä\ud83d"' })])
    await queue.enqueue(batch)
    const got: EventBatch[] = []
    consume(t, queue, async (one) => {
      got.push(one)
      return DONE
    })
    await until(() => isEmpty(queue))
    assert.deepEqual(got, [batch])
  })

  test('treats two batches with the same batch_id as one', async (t) => {
    const queue = await open(t)
    const batch = oneEvent()
    await Promise.all([queue.enqueue(batch), queue.enqueue(batch)])
    await queue.enqueue(batch)
    assert.equal((await queue.counts()).waiting, 1)
    let handled = 0
    consume(t, queue, async () => {
      handled++
      return DONE
    })
    await until(() => isEmpty(queue))
    assert.equal(handled, 1)
  })
}

function handsOut(open: OpenQueue): void {
  test('delivers batches in the order in which they were enqueued', async (t) => {
    const queue = await open(t)
    const batches = Array.from({ length: 20 }, oneEvent)
    for (const batch of batches) await queue.enqueue(batch)
    const order: string[] = []
    consume(t, queue, async ({ batch_id }) => {
      order.push(batch_id)
      return DONE
    })
    await until(() => isEmpty(queue))
    assert.deepEqual(
      order,
      batches.map(({ batch_id }) => batch_id),
    )
  })

  test('delivers at most the given number of batches at the same time', async (t) => {
    const queue = await open(t)
    for (let n = 0; n < 10; n++) await queue.enqueue(oneEvent())
    const gate = Promise.withResolvers<void>()
    let inHand = 0
    let mostInHand = 0
    const handle = async () => {
      mostInHand = Math.max(mostInHand, ++inHand)
      await gate.promise
      inHand--
      return DONE
    }
    consume(t, queue, handle, 3)
    await until(() => inHand === 3)
    assert.deepEqual(await queue.counts(), { ...NOTHING, waiting: 7, active: 3 })
    gate.resolve()
    await until(() => isEmpty(queue))
    assert.equal(mostInHand, 3)
  })

  test('stop waits for the batch in progress and leaves the others in the queue', async (t) => {
    const queue = await open(t)
    for (let n = 0; n < 3; n++) await queue.enqueue(oneEvent())
    const gate = Promise.withResolvers<void>()
    const events: string[] = []
    const consumer = queue.consume(async () => {
      events.push('delivered')
      await gate.promise
      events.push('finished')
      return DONE
    }, 1)
    await until(() => events.length > 0)
    const stopped = consumer.stop().then(() => events.push('stopped'))
    gate.resolve()
    await stopped
    assert.deepEqual(events, ['delivered', 'finished', 'stopped'])
    assert.deepEqual(await queue.counts(), { ...NOTHING, waiting: 2 })

    consume(t, queue, async () => DONE)
    await until(() => isEmpty(queue))
  })
}

function retries(open: OpenQueue): void {
  test('delivers a failed batch again, and it can complete', async (t) => {
    const queue = await open(t)
    const batch = oneEvent()
    await queue.enqueue(batch)
    const handled: EventBatch[] = []
    consume(t, queue, async (one) => {
      handled.push(one)
      return handled.length < ATTEMPTS ? failed('not yet') : DONE
    })
    await until(() => isEmpty(queue))
    assert.deepEqual(handled, [batch, batch, batch])
    assert.deepEqual(await queue.counts(), NOTHING)
  })

  test('a handler that throws uses up an attempt, and the next batch is delivered', async (t) => {
    const queue = await open(t)
    const [faulty, healthy] = [oneEvent(), oneEvent()]
    await queue.enqueue(faulty)
    await queue.enqueue(healthy)
    const done: string[] = []
    consume(t, queue, async ({ batch_id }) => {
      if (batch_id === faulty.batch_id) throw new Error('a defect')
      done.push(batch_id)
      return DONE
    })
    await until(async () => (await queue.counts()).dead_letters === 1)
    assert.deepEqual(done, [healthy.batch_id])
    const [letter] = await queue.deadLetters(1)
    assert.deepEqual([letter?.attempts, letter?.error], [ATTEMPTS, 'a defect'])
  })
}

function releases(open: OpenQueue): void {
  test('delivers a released batch again without counting an attempt', async (t) => {
    const queue = await open(t)
    await queue.enqueue(oneEvent())
    let handled = 0
    consume(t, queue, async () => {
      handled++
      if (handled === 1) return failed('an attempt that counts')
      return handled <= 21 ? { kind: 'release' } : failed(`attempt after ${handled - 1}`)
    })
    await until(async () => (await queue.counts()).dead_letters === 1)
    assert.equal(handled, 21 + ATTEMPTS - 1)
    const [letter] = await queue.deadLetters(1)
    assert.equal(letter?.attempts, ATTEMPTS)
  })

  test('the next consumer gets a released batch', async (t) => {
    const queue = await open(t)
    await queue.enqueue(oneEvent())
    const gate = Promise.withResolvers<Outcome>()
    const draining = queue.consume(() => gate.promise, 1)
    await until(async () => (await queue.counts()).active === 1)
    const stopped = draining.stop()
    gate.resolve({ kind: 'release' })
    await stopped
    assert.deepEqual(await queue.counts(), { ...NOTHING, waiting: 1 })
    consume(t, queue, async () => DONE)
    await until(() => isEmpty(queue))
  })
}

function givesUp(open: OpenQueue): void {
  test('keeps a batch without attempts left, and retries it on request with all attempts', async (t) => {
    const queue = await open(t)
    const batch = oneEvent()
    await queue.enqueue(batch)
    let handled = 0
    let outcome: (n: number) => Outcome = (n) => failed(`failure ${n}`)
    consume(t, queue, async () => outcome(++handled))
    const isDead = async () => (await queue.counts()).dead_letters === 1
    await until(isDead)
    assert.equal(handled, ATTEMPTS)
    const [letter, ...others] = await queue.deadLetters(10)
    assert.deepEqual(others, [])
    assert.equal(letter?.batch_id, batch.batch_id)
    assert.equal(letter?.attempts, ATTEMPTS)
    assert.equal(letter?.error, `failure ${ATTEMPTS}`)
    await queue.enqueue(batch)
    assert.deepEqual(
      await queue.counts(),
      { ...NOTHING, dead_letters: 1 },
      'a batch that is enqueued again is the same one',
    )

    assert.equal(await queue.retryDeadLetters(), 1)
    await until(async () => handled === 2 * ATTEMPTS && (await isDead()))

    outcome = () => DONE
    assert.equal(await queue.retryDeadLetters(), 1)
    await until(async () => handled === 2 * ATTEMPTS + 1 && (await isEmpty(queue)))
    assert.deepEqual(await queue.counts(), NOTHING)
    assert.equal(await queue.retryDeadLetters(), 0)
  })

  test('makes a batch a dead letter at once on request, and limits the list of dead letters', async (t) => {
    const queue = await open(t)
    for (let n = 0; n < 4; n++) await queue.enqueue(oneEvent())
    let handled = 0
    const consumer = consume(t, queue, async () => {
      handled++
      return { kind: 'dead_letter', error: new Error('beyond hope') }
    })
    await until(async () => (await queue.counts()).dead_letters === 4)
    assert.equal(handled, 4)
    const letters = await queue.deadLetters(3)
    assert.deepEqual(
      letters.map(({ attempts, error }) => ({ attempts, error })),
      Array(3).fill({ attempts: 1, error: 'beyond hope' }),
    )
    await consumer.stop()
    assert.equal(await queue.retryDeadLetters(), 4)
    assert.deepEqual(await queue.counts(), { ...NOTHING, waiting: 4 })
    assert.deepEqual(await queue.deadLetters(3), [])
  })
}

function counts(open: OpenQueue): void {
  test('returns the oldest waiting batch and the oldest active batch, with their times', async (t) => {
    const queue = await open(t)
    assert.deepEqual(await queue.counts(), NOTHING)
    assert.deepEqual(await oldestIds(queue), {})
    const before = Date.now()
    const batches = [oneEvent(), oneEvent(), oneEvent()]
    for (const batch of batches) await queue.enqueue(batch)
    const after = Date.now()
    assert.deepEqual(await queue.counts(), { ...NOTHING, waiting: 3 })
    const { waiting: oldest } = await queue.oldest()
    assert.deepEqual(await oldestIds(queue), { waiting: batches[0]?.batch_id })
    const enqueuedAt = Number(oldest?.enqueued_at)
    assert.ok(before <= enqueuedAt && enqueuedAt <= after)

    const gate = Promise.withResolvers<Outcome>()
    const inHand: string[] = []
    consume(t, queue, ({ batch_id }) => {
      inHand.push(batch_id)
      return gate.promise
    })
    await until(() => inHand.length === 1)
    assert.deepEqual(await oldestIds(queue), {
      waiting: batches[1]?.batch_id,
      active: batches[0]?.batch_id,
    })
    gate.resolve(DONE)
    await until(() => isEmpty(queue))
    assert.deepEqual(await oldestIds(queue), {})
  })
}

async function oldestIds(queue: InspectedQueue): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const [state, batch] of Object.entries(await queue.oldest())) if (batch) found[state] = batch.batch_id
  return found
}
