// The rows that it is about: Playtrace with everything switched on, by queue and size of request.
import { type QueueKind, startPlaytrace } from '../system/playtrace.ts'
import { measured, type Requests } from './measured.ts'
import type { Row } from './row.ts'

/** Connections: as many as brought the most events through, of half and of twice as many. */
export const REQUESTS_OF_1 = { requestEvents: 1, connections: 256, gzip: false }
export const REQUESTS_OF_50 = { requestEvents: 50, connections: 32, gzip: false }
const REQUESTS_OF_500 = { requestEvents: 500, connections: 8, gzip: false }

/** Several seconds' worth. */
export const EVENTS_BY_1 = 40_000
export const EVENTS_BY_MANY = 200_000

const KINDS: (Requests & { events: number })[] = [
  { ...REQUESTS_OF_1, steady: true, events: EVENTS_BY_1 },
  { ...REQUESTS_OF_50, steady: true, events: EVENTS_BY_MANY },
  { ...REQUESTS_OF_50, gzip: true, steady: false, events: EVENTS_BY_MANY },
  { ...REQUESTS_OF_500, steady: false, events: EVENTS_BY_MANY },
  { ...REQUESTS_OF_500, gzip: true, steady: false, events: EVENTS_BY_MANY },
]

export const QUEUES: { queue: QueueKind; id: string; title: string }[] = [
  { queue: 'postgres', id: 'pg', title: 'PostgreSQL queue' },
  { queue: 'redis', id: 'redis', title: 'Redis queue' },
]

export const PLAYTRACE_ROWS: Row[] = QUEUES.flatMap(({ queue, id, title }) =>
  KINDS.map(({ events, ...requests }) => {
    const { requestEvents, gzip } = requests
    return {
      id: `${id}-${requestEvents}${gzip ? '-gzip' : ''}`,
      title: `Playtrace, ${title}: ${requestEvents}${gzip ? ', gzip' : ''}`,
      baseline: requestEvents === 1 ? 'built-1' : 'built-50',
      events,
      run: (context) =>
        measured(context, requests, () =>
          startPlaytrace({ dataDir: context.dataDir, queue, profilesDir: context.profilesDir }),
        ),
    }
  }),
)
