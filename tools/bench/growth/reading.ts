// How long the reading routes take: each asked some tens of times, one request at a time, for players, sessions and times
// that are drawn from the table.
import type pg from 'pg'
import { encodeCursor, positionTime } from '../../../src/storage/cursor.ts'
import { quantile } from '../statistics.ts'
import type { Playtrace } from '../system/playtrace.ts'
import type { ReadingTime } from './growth-result.ts'

const REQUESTS_MAX = 30
/** What takes long is asked less often, but three times at least. */
const ROUTE_MS_MAX = 10_000
const REQUESTS_MIN = 3
const DAY_MS = 24 * 60 * 60 * 1000
const GAME = '/v1/games/demo'

interface StoredEvent {
  event_id: string
  name: string
  player_id: string
  session_id: string
  corrected_at: Date
  position: string[]
}

const ROUTES: Record<string, (event: StoredEvent) => string> = {
  'events: first page': () => '/events',
  'events: first page of a name': ({ name }) => `/events?name=${encodeURIComponent(name)}`,
  'events: of a player': ({ player_id }) => `/events?player_id=${player_id}`,
  'events: of a session': ({ session_id }) => `/events?session_id=${session_id}`,
  'events: a page deep inside': ({ position }) => `/events?cursor=${encodeCursor(position)}`,
  'events: first page of a day': ({ corrected_at }) => `/events?${range(corrected_at)}`,
  'event by its id': ({ event_id }) => `/events/${event_id}`,
  'overview of a day': ({ corrected_at }) => `/overview?${range(corrected_at)}`,
  'overview of everything': () => '/overview',
  'rejections by cause': () => '/rejections',
  'rejections: first page': () => '/rejections/list',
}

/** Of each route; p99 of fewer than a hundred requests is the slowest. */
export async function measureReading(
  playtrace: Playtrace,
  onProgress: (route: string) => void,
): Promise<Record<string, ReadingTime>> {
  const events = await sampleEvents(playtrace.storage.client)
  const times: Record<string, ReadingTime> = {}
  if (events.length === 0) return times
  for (const [route, path] of Object.entries(ROUTES)) {
    onProgress(route)
    times[route] = await timeRoute(playtrace, events.map(path))
  }
  return times
}

async function timeRoute({ origin, adminKey }: Playtrace, paths: string[]): Promise<ReadingTime> {
  const timesMs: number[] = []
  const startedMs = performance.now()
  for (const path of paths) {
    const sentMs = performance.now()
    const answer = await fetch(`${origin}${GAME}${path}`, {
      headers: { authorization: `Bearer ${adminKey}` },
    })
    await answer.text()
    if (!answer.ok) return { status: answer.status }
    timesMs.push(performance.now() - sentMs)
    if (timesMs.length >= REQUESTS_MIN && performance.now() - startedMs > ROUTE_MS_MAX) break
  }
  return { p50: quantile(timesMs, 0.5), p99: quantile(timesMs, 0.99) }
}

/** Spread over the table's time. */
async function sampleEvents(client: pg.Client): Promise<StoredEvent[]> {
  const { rows } = await client.query<StoredEvent>(
    `with bounds as (
       select min(corrected_at) as first, max(corrected_at) as last from playtrace.events where game_id = 1
     )
     select event.* from bounds, generate_series(1, ${REQUESTS_MAX}) as part,
       lateral (
         select event_id, name, player_id, session_id, corrected_at,
           array[${positionTime('corrected_at')}, event_id::text, ${positionTime('occurred_at')}] as position
         from playtrace.events
         where game_id = 1 and corrected_at <= first + (last - first) * part / ${REQUESTS_MAX}
         order by corrected_at desc, event_id desc limit 1
       ) as event`,
  )
  return rows
}

/** The day before. */
function range(until: Date): string {
  return `from=${new Date(until.getTime() - DAY_MS).toISOString()}&to=${until.toISOString()}`
}
