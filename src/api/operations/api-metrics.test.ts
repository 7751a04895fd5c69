// The metrics of the queue are read at each request, and are absent when the queue does not answer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { storableEvent } from '../../../test/batches.ts'
import { apiMetrics } from './api-metrics.ts'

const aged = (seconds: number) => ({
  batch_id: `${seconds} s`,
  enqueued_at: new Date(Date.now() - seconds * 1000),
})

function openMetrics() {
  const queue = {
    counts: async () => ({ waiting: 3, active: 1, delayed: 0, dead_letters: 2 }),
    oldest: async () => ({ waiting: aged(30), active: aged(90), delayed: undefined }),
  }
  const reported: Error[] = []
  const registry = new Registry()
  const source = { counts: () => queue.counts(), oldest: () => queue.oldest() }
  const metrics = apiMetrics(registry, source, (error) => reported.push(error))
  return { queue, reported, registry, metrics }
}

test('the metrics have the batches by state and the age of the oldest batch', async () => {
  const { registry } = openMetrics()
  const text = await registry.metrics()
  assert.match(text, /playtrace_batches\{state="waiting"\} 3\n/)
  assert.match(text, /playtrace_batches\{state="dead_letters"\} 2\n/)
  const seconds = Number(/^playtrace_oldest_unprocessed_seconds (.*)$/m.exec(text)?.[1])
  assert.ok(seconds >= 90 && seconds < 120, String(seconds))
})

test('a queue that does not answer has no metrics, and the other metrics stay', async () => {
  const { queue, reported, registry, metrics } = openMetrics()
  metrics.countAnswer('demo', 5, [])
  await registry.metrics()
  const away = new Error('away')
  queue.counts = () => Promise.reject(away)
  queue.oldest = () => Promise.reject(away)
  const text = await registry.metrics()
  assert.doesNotMatch(text, /playtrace_batches\{/)
  assert.match(text, /playtrace_events_accepted_total\{game="demo"\} 5\n/)
  assert.deepEqual(reported, [away, away])
})

test('the time until the events are on disk includes failures', async () => {
  const { registry, metrics } = openMetrics()
  assert.equal(await metrics.timeEnqueue(Promise.resolve('batch')), 'batch')
  await assert.rejects(metrics.timeEnqueue(Promise.reject(new Error('away'))), /away/)
  assert.match(await registry.metrics(), /playtrace_enqueue_seconds_count 2\n/)
})

test('standard events with wrong properties are counted by name and by property', async () => {
  const { registry, metrics } = openMetrics()
  const odd = { name: 'purchase', mismatch: '/properties/currency' }
  metrics.countMismatches('demo', [storableEvent(), storableEvent(odd), storableEvent(odd)])
  const text = await registry.metrics()
  assert.match(
    text,
    /^playtrace_standard_event_mismatches_total\{game="demo",name="purchase",path="\/properties\/currency"\} 2$/m,
  )
  assert.equal(text.match(/^playtrace_standard_event_mismatches_total/gm)?.length, 1)
})
