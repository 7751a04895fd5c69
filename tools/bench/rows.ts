// The table of what is measured. Each row is one way of storing the same events.
import type { Ceiling } from './ceiling.ts'
import type { Load, LoadPlan } from './load.ts'
import type { Playtrace, QueueKind } from './playtrace.ts'
import { quantile } from './statistics.ts'
import { type Kind, startMeter, type Usage } from './usage.ts'

export interface LoadRow {
  id: string
  title: string
  /** Sent in each round: a few seconds' worth. */
  events: number
  queue: QueueKind
  requestEvents: number
  /** Half as many and twice as many brought fewer events through. */
  connections: number
}

export interface CeilingRow {
  id: string
  title: string
  events: number
  write: 'storeOnce' | 'copy'
}

export type Row = LoadRow | CeilingRow

const BY_1 = { requestEvents: 1, connections: 256, events: 40_000 }
const BY_50 = { requestEvents: 50, connections: 32, events: 150_000 }

export const ROWS: Row[] = [
  { id: 'bare', title: 'COPY into a table without indexes', events: 200_000, write: 'copy' },
  { id: 'ceiling', title: 'COPY and INSERT into the indexed table', events: 150_000, write: 'storeOnce' },
  { id: 'pg-1', title: 'PostgreSQL queue: requests of 1', queue: 'postgres', ...BY_1 },
  { id: 'pg-50', title: 'PostgreSQL queue: requests of 50', queue: 'postgres', ...BY_50 },
  { id: 'redis-1', title: 'Redis queue: requests of 1', queue: 'redis', ...BY_1 },
  { id: 'redis-50', title: 'Redis queue: requests of 50', queue: 'redis', ...BY_50 },
]

export const CPU_KINDS: readonly Kind[] = ['api', 'worker', 'database', 'redis', 'client']

export interface Figures {
  /** From the first request until the last event is stored. */
  eventsPerSecond: number
  /** From a request to its answer, in milliseconds; NaN for a ceiling row. */
  ackP50: number
  ackP99: number
  /** In microseconds an event. */
  cpu: Record<Kind, number>
  peakMegabytes: Usage['peakMegabytes']
  otherCores: number
}

/** Measures a row on an empty table, and leaves the table empty. */
export async function measureCeiling(
  row: CeilingRow,
  ceiling: Ceiling,
  { seed, events }: { seed: number; events: number },
): Promise<Figures> {
  ceiling.prepare(seed, events)
  const stopMeter = startMeter(ceiling.pids, process.pid)
  const startedMs = performance.now()
  await ceiling[row.write]()
  const tookMs = performance.now() - startedMs
  const usage = stopMeter()
  await ceiling.empty()
  return figuresOf(usage, events, tookMs, [])
}

/** @param sinceMs counts only events from then on, where the table has others */
export async function measureLoad(
  playtrace: Playtrace,
  load: Load,
  shape: Omit<LoadPlan, 'url' | 'headers'>,
  sinceMs?: number,
): Promise<Figures> {
  const { url, headers, pids, store } = playtrace
  const events = await load.prepare({ ...shape, url, headers })
  const before = await store.count(sinceMs)
  const stopMeter = startMeter(pids, load.pid)
  const { startedMs, latenciesMs } = await load.send()
  await store.untilStored(before + events, sinceMs)
  const tookMs = Date.now() - startedMs
  return figuresOf(stopMeter(), events, tookMs, latenciesMs)
}

function figuresOf(
  { cpuSeconds, peakMegabytes, otherCores }: Usage,
  events: number,
  tookMs: number,
  latenciesMs: ArrayLike<number>,
): Figures {
  const cpu = Object.fromEntries(
    Object.entries(cpuSeconds).map(([kind, seconds]) => [kind, (seconds * 1_000_000) / events]),
  ) as Figures['cpu']
  return {
    eventsPerSecond: (events * 1000) / tookMs,
    ackP50: quantile(latenciesMs, 0.5),
    ackP99: quantile(latenciesMs, 0.99),
    cpu,
    peakMegabytes,
    otherCores,
  }
}
