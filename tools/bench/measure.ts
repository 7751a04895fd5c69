// One measurement: load is sent to a running system, and the clock stops when the last event can be read.
import { setTimeout as wait } from 'node:timers/promises'
import type { Figures, Latency } from './figures.ts'
import type { LoadProcess } from './load/load-process.ts'
import type { LoadPlan, LoadResult } from './load/plan.ts'
import { quantile } from './statistics.ts'
import { peakBytesOf, startCpuMeter } from './system/process-usage.ts'
import type { Target, TargetStorage } from './system/target.ts'

const POLL_MS_MIN = 10
const POLL_MS_MAX = 100
/** A queue that brings nothing forth for so long is stuck. */
const STANDSTILL_MS_MAX = 30_000

export type LoadShape = Omit<LoadPlan, 'url' | 'headers'>

/** @throws where a request is not acknowledged, or an event is missing at the end */
export async function measure(target: Target, load: LoadProcess, shape: LoadShape): Promise<Figures> {
  const { storage } = target
  const before = { events: await storage?.countEvents(), bytes: await storage?.bytes() }
  await load.prepare({ ...shape, url: target.url, headers: target.headers })
  const stopMeter = startCpuMeter({ ...target.pids, load: [load.pid] })
  const result = await load.send()
  const expected = (before.events ?? 0) + shape.events
  const endMs = storage ? await untilVisible(storage, expected) : result.endedMs
  const { seconds, othersCores } = stopMeter()
  if (storage) await assertStored(storage, expected)
  return {
    eventsPerSecond: (shape.events * 1000) / (endMs - result.startedMs),
    ack: latency(result.latenciesMs),
    visible: await visibleLatency(result, storage),
    cpu: perMillion(seconds, shape.events),
    othersCores,
    peakBytes: { api: peakBytesOf(target.pids.api), worker: peakBytesOf(target.pids.worker) },
    ...(storage && {
      diskBytesPerEvent: ((await storage.bytes()) - (before.bytes ?? 0)) / shape.events,
    }),
  }
}

/** Sends without a clock. */
export async function sendUntimed(target: Target, load: LoadProcess, shape: LoadShape): Promise<void> {
  await load.prepare({ ...shape, url: target.url, headers: target.headers })
  await load.send()
}

/**
 * Asks seldom while there is much to come, or the asking would take time from what is measured.
 * @returns when that was, in ms since 1970
 */
export async function untilVisible(storage: TargetStorage, expected: number): Promise<number> {
  const first = { events: await storage.visibleEvents(), atMs: performance.now() }
  for (let last = first; last.events < expected; ) {
    const perMs = (last.events - first.events) / (last.atMs - first.atMs || 1)
    const leftMs = perMs > 0 ? (expected - last.events) / perMs : 0
    await wait(Math.min(POLL_MS_MAX, Math.max(POLL_MS_MIN, leftMs / 3)))
    const events = await storage.visibleEvents()
    if (events > last.events) last = { events, atMs: performance.now() }
    else if (performance.now() - last.atMs > STANDSTILL_MS_MAX) {
      throw new Error(`${events} of ${expected} events can be read, and no more come.`)
    }
  }
  return performance.timeOrigin + performance.now()
}

/** Row by row. */
export async function assertStored(storage: TargetStorage, expected: number): Promise<void> {
  const counted = await storage.countEvents()
  if (counted !== expected) throw new Error(`${counted} events are stored where ${expected} were sent.`)
}

/** By when each batch was written, which is its commit but for the disk's sync: bench/README.md has how far that is off. */
async function visibleLatency(
  { acks }: LoadResult,
  storage: TargetStorage | undefined,
): Promise<Latency | undefined> {
  const storedAtMs = await storage?.storedAtMs?.()
  if (!storedAtMs) return undefined
  return latency(
    acks.map(({ batch_id, ackMs }) => Math.max(0, (storedAtMs.get(batch_id) ?? Number.NaN) - ackMs)),
  )
}

function latency(timesMs: ArrayLike<number>): Latency {
  return { p50: quantile(timesMs, 0.5), p99: quantile(timesMs, 0.99) }
}

export function perMillion(seconds: Figures['cpu'], events: number): Figures['cpu'] {
  const of = (cpuSeconds: number) => (cpuSeconds * 1_000_000) / events
  const { api, worker, database, redis, load } = seconds
  return { api: of(api), worker: of(worker), database: of(database), redis: of(redis), load: of(load) }
}
