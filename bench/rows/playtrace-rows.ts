// The rows that it is about: Playtrace with everything switched on, by queue and size of request.
import { startLoadProcess } from '../load/load-process.ts'
import { measure, warmUp } from '../measure.ts'
import { type QueueKind, startPlaytrace } from '../system/playtrace.ts'
import { type Row, type RowContext, warmUpEvents } from './row.ts'

/** Requests of one kind: how many connections bring the most events through, and several seconds' worth of events. */
interface Requests {
  events: number
  connections: number
  gzip: boolean
  sent: number
}

const REQUESTS: Requests[] = [
  { events: 1, connections: 64, gzip: false, sent: 40_000 },
  { events: 50, connections: 16, gzip: false, sent: 200_000 },
  { events: 50, connections: 16, gzip: true, sent: 200_000 },
  { events: 500, connections: 4, gzip: false, sent: 200_000 },
  { events: 500, connections: 4, gzip: true, sent: 200_000 },
]

const QUEUES: { queue: QueueKind; id: string; title: string }[] = [
  { queue: 'postgres', id: 'pg', title: 'PostgreSQL queue' },
  { queue: 'redis', id: 'redis', title: 'Redis queue' },
]

export const PLAYTRACE_ROWS: Row[] = QUEUES.flatMap(({ queue, id, title }) =>
  REQUESTS.map((requests) => ({
    id: `${id}-${requests.events}${requests.gzip ? '-gzip' : ''}`,
    title: `Playtrace, ${title}, requests of ${requests.events}${requests.gzip ? ', gzip' : ''}`,
    baseline: requests.events === 1 ? 'built-1' : 'built-50',
    events: requests.sent,
    run: (context: RowContext) => run(queue, requests, context),
  })),
)

async function run(queue: QueueKind, requests: Requests, context: RowContext) {
  const { dataDir, data, seed, events, profilesDir } = context
  const load = startLoadProcess()
  const playtrace = await startPlaytrace({ dataDir, queue, profilesDir })
  try {
    const shape = {
      data,
      seed,
      events,
      requestEvents: requests.events,
      gzip: requests.gzip,
      connections: requests.connections,
      rate: undefined,
    }
    await playtrace.storage?.empty()
    await warmUp(playtrace, load, { ...shape, events: warmUpEvents(events) })
    return await measure(playtrace, load, shape)
  } finally {
    await playtrace.close()
    await load.stop()
  }
}
