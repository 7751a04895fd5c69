// `npm run bench -- backlog`: events are enqueued while no worker runs, then a worker starts. What memory do the processes
// take while it drains, and how fast does it?
import { table } from '../../chaos/table.ts'
import { benchRun } from './bench-run.ts'
import { startLoadProcess } from './load/load-process.ts'
import { assertStored, sendUntimed, untilVisible } from './measure.ts'
import { keepResult, surroundings } from './record.ts'
import { REQUESTS_OF_50 } from './rows/playtrace-rows.ts'
import type { RowContext } from './rows/row.ts'
import type { QueueKind } from './system/playtrace.ts'
import { startParts } from './system/playtrace-parts.ts'
import { peakBytesOf } from './system/process-usage.ts'

const SENT_AT_ONCE = 100_000

export interface BacklogFigures {
  events: number
  peakBytes: { api: number; worker: number }
  queueBytesPerEvent: number
  drainedPerSecond: number
}

export interface BacklogOptions {
  events: number
  seed: number
  dir: string | undefined
}

const MEGABYTE = 1024 ** 2

export async function backlog({ events, seed, dir }: BacklogOptions): Promise<void> {
  const where = await surroundings()
  const figures = await benchRun({ dir, total: events * 2 }, async (run) => {
    const context = { dataDir: run.dataDir, data: 'game' as const, seed, events, profilesDir: undefined }
    const of = (queue: QueueKind, before: number) =>
      measureBacklog(queue, context, (enqueued) => run.progress(`${queue} queue`, before + enqueued))
    return { 'PostgreSQL queue': await of('postgres', 0), 'Redis queue': await of('redis', events) }
  })
  const head = [
    '',
    'events',
    'API peak MB',
    'worker peak MB',
    'bytes an event in the queue',
    'drained events/s',
  ]
  const lines = Object.entries(figures).map(
    ([title, { peakBytes, queueBytesPerEvent, drainedPerSecond }]) => [
      title,
      events,
      (peakBytes.api / MEGABYTE).toFixed(0),
      (peakBytes.worker / MEGABYTE).toFixed(0),
      queueBytesPerEvent.toFixed(0),
      drainedPerSecond.toFixed(0),
    ],
  )
  const text = `${where.join('\n')}\n\n${table(head, lines)}`
  console.log(text)
  console.log(`\nKept in ${await keepResult('backlog', text, { where, figures })}`)
}

export async function measureBacklog(
  queue: QueueKind,
  { dataDir, data, seed, events }: RowContext,
  onProgress: (enqueued: number) => void,
): Promise<BacklogFigures> {
  const load = startLoadProcess()
  const parts = await startParts(dataDir, queue)
  try {
    await parts.storage.empty()
    const shape = { ...REQUESTS_OF_50, data, seed, rate: undefined }
    for (let sent = 0; sent < events; sent += SENT_AT_ONCE) {
      onProgress(sent)
      await sendUntimed(parts, load, { ...shape, events: Math.min(SENT_AT_ONCE, events - sent) })
    }
    const queueBytes = await parts.queueBytes()
    const startedMs = performance.timeOrigin + performance.now()
    parts.startWorker()
    const endedMs = await untilVisible(parts.storage, events)
    await assertStored(parts.storage, events)
    return {
      events,
      peakBytes: { api: peakBytesOf(parts.pids.api), worker: peakBytesOf(parts.pids.worker) },
      queueBytesPerEvent: queueBytes / events,
      drainedPerSecond: (events * 1000) / (endedMs - startedMs),
    }
  } finally {
    await parts.close()
    await load.stop()
  }
}
