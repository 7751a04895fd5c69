// The rows that it is about: Playtrace with everything switched on, by queue and size of request.
import { type QueueKind, startPlaytrace } from '../system/playtrace.ts'
import { measured, type Requests } from './measured.ts'
import type { Row } from './row.ts'

/** How many connections bring the most events through, and several seconds' worth of events. */
const REQUESTS: (Requests & { events: number })[] = [
  { requestEvents: 1, connections: 64, gzip: false, steady: true, events: 40_000 },
  { requestEvents: 50, connections: 16, gzip: false, steady: true, events: 200_000 },
  { requestEvents: 50, connections: 16, gzip: true, steady: false, events: 200_000 },
  { requestEvents: 500, connections: 4, gzip: false, steady: false, events: 200_000 },
  { requestEvents: 500, connections: 4, gzip: true, steady: false, events: 200_000 },
]

const QUEUES: { queue: QueueKind; id: string; title: string }[] = [
  { queue: 'postgres', id: 'pg', title: 'PostgreSQL queue' },
  { queue: 'redis', id: 'redis', title: 'Redis queue' },
]

export const PLAYTRACE_ROWS: Row[] = QUEUES.flatMap(({ queue, id, title }) =>
  REQUESTS.map(({ events, ...requests }) => {
    const { requestEvents, gzip } = requests
    return {
      id: `${id}-${requestEvents}${gzip ? '-gzip' : ''}`,
      title: `Playtrace, ${title}, requests of ${requestEvents}${gzip ? ', gzip' : ''}`,
      baseline: requestEvents === 1 ? 'built-1' : 'built-50',
      events,
      run: (context) =>
        measured(context, requests, () =>
          startPlaytrace({ dataDir: context.dataDir, queue, profilesDir: context.profilesDir }),
        ),
    }
  }),
)
