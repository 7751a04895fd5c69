// What is done with a system that takes requests, once it runs: warm it up, measure it at its peak, then at 70 % of that,
// then look how large what waits in its queue is, and close it.
import { setTimeout as wait } from 'node:timers/promises'
import type { Figures } from '../figures.ts'
import { type LoadProcess, startLoadProcess } from '../load/load-process.ts'
import { assertStored, type LoadShape, measure, sendUntimed, untilVisible } from '../measure.ts'
import type { Target } from '../system/target.ts'
import type { RowContext } from './row.ts'

/** Of a row's events, sent before the clock runs. */
const WARM_UP_SHARE = 0.15
const WARM_UP_EVENTS_MIN = 3_000
const STEADY_SHARE = 0.7
/** In an open loop a request never waits for a connection, unless the server stands still. */
const OPEN_LOOP_CONNECTIONS = 256
const QUEUED_EVENTS_MAX = 10_000
/** A worker that was given the last batch is done with all of it, and rests. */
const REST_MS = 200

export interface Requests {
  requestEvents: number
  gzip: boolean
  connections: number
  /** Also at 70 % of the peak. */
  steady: boolean
}

/** @param open starts the system, on tables that may hold anything */
export async function measured(
  { data, seed, events }: RowContext,
  { steady, ...requests }: Requests,
  open: () => Promise<Target>,
): Promise<Figures> {
  const load = startLoadProcess()
  const target = await open()
  try {
    const shape = { data, seed, events, ...requests, rate: undefined }
    await target.storage?.empty()
    await warmUp(target, load, { ...shape, events: warmUpEvents(events) })
    const figures = await measure(target, load, shape)
    return {
      ...figures,
      at70: steady ? await measureSteady(target, load, shape, figures.eventsPerSecond) : undefined,
      queueBytesPerEvent: await measureQueue(target, load, shape),
    }
  } finally {
    await target.close()
    await load.stop()
  }
}

export function warmUpEvents(events: number): number {
  return Math.max(WARM_UP_EVENTS_MIN, Math.ceil(events * WARM_UP_SHARE))
}

/** Everything is compiled, connected and cached. */
async function warmUp(target: Target, load: LoadProcess, shape: LoadShape): Promise<void> {
  await sendUntimed(target, load, shape)
  if (target.storage) await untilVisible(target.storage, shape.events)
}

async function measureSteady(target: Target, load: LoadProcess, shape: LoadShape, peak: number) {
  const connections = OPEN_LOOP_CONNECTIONS
  const { ack, visible } = await measure(target, load, { ...shape, connections, rate: peak * STEADY_SHARE })
  return { ack, visible }
}

/** With the worker standing still, so that what is sent stays in the queue. */
async function measureQueue(
  target: Target,
  load: LoadProcess,
  shape: LoadShape,
): Promise<number | undefined> {
  const { queueBytes, storage, pids } = target
  if (!queueBytes || !storage) return undefined
  const events = Math.min(shape.events, QUEUED_EVENTS_MAX)
  const stored = await storage.countEvents()
  await wait(REST_MS)
  for (const pid of pids.worker) process.kill(pid, 'SIGSTOP')
  try {
    const before = await queueBytes()
    await sendUntimed(target, load, { ...shape, events })
    return ((await queueBytes()) - before) / events
  } finally {
    for (const pid of pids.worker) process.kill(pid, 'SIGCONT')
    await untilVisible(storage, stored + events)
    await assertStored(storage, stored + events)
  }
}
