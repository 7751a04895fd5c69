// Reads stored events page by page. The rows stay the JSON text that PostgreSQL writes, because parsing it here would change
// integers beyond 2^53 in the properties.
import { cutPage, decodeCursor, encodeCursor, positionTime, timeOfPosition, utcTime } from '../postgres/cursor.ts'
import type { Database } from '../postgres/database.ts'

export interface EventFilter {
  /** The range of corrected_at, without `to`. Both are texts that PostgreSQL can read. */
  from: string | undefined
  to: string | undefined
  name: string | undefined
  player_id: string | undefined
  session_id: string | undefined
  country: string | undefined
  seq: number | undefined
}

export interface EventsPage {
  /** One JSON object each. */
  events: string[]
  next_cursor: string | null
}

/** SQL: the fingerprint of the key that sent the row of `events`. */
export const KEY_FINGERPRINT = '(select fingerprint from playtrace.keys where keys.key_no = events.key_no)'

/** An event's columns, as pairs for json_build_object. */
export const EVENT_FIELDS = `
  'event_id', event_id, 'name', name, 'player_id', player_id, 'session_id', session_id, 'seq', seq,
  'occurred_at', ${utcTime('occurred_at')}, 'sent_at', ${utcTime('sent_at')},
  'received_at', ${utcTime('received_at')}, 'corrected_at', ${utcTime('corrected_at')},
  'identified_at', ${utcTime('identified_at')}, 'clock_suspect', clock_suspect, 'app_version', app_version,
  'platform', platform, 'country', country, 'properties', properties, 'mismatch', mismatch, 'batch_id', batch_id,
  'key_fingerprint', ${KEY_FINGERPRINT}`

export const EVENT_JSON = `json_build_object(${EVENT_FIELDS})::text`

/** The planner knows the values of {@link filterValues}, so a condition without a value costs nothing. */
export const MATCHES_FILTER = `game_id = $1
  and ($2::timestamptz is null or corrected_at >= $2) and ($3::timestamptz is null or corrected_at < $3)
  and ($4::text is null or name = $4) and ($5::text is null or player_id = $5) and ($6::text is null or session_id = $6)
  and ($7::text is null or country = $7) and ($8::bigint is null or seq = $8)`

export function filterValues(gameId: number, filter: EventFilter): unknown[] {
  const { from, to, name, player_id, session_id, country, seq } = filter
  return [gameId, from, to, name, player_id, session_id, country?.toUpperCase(), seq]
}

/** Returns one page, newest first by corrected_at. Ties have a fixed order, so that no event is missing between two pages. */
export async function readEvents(
  database: Database,
  gameId: number,
  filter: EventFilter,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<EventsPage> {
  const after = cursor === undefined ? [null, null, null] : decodeCursor(cursor, ['time', 'uuid', 'time'])
  const { rows } = await database.query<{ json: string; position: string[] }>(
    `select ${EVENT_JSON} as json,
       array[${positionTime('corrected_at')}, event_id::text, ${positionTime('identified_at')}] as position
     from playtrace.events
     where ${MATCHES_FILTER} and ($9::text is null
       or (corrected_at, event_id, identified_at) < (${timeOfPosition('$9')}, $10::uuid, ${timeOfPosition('$11')}))
     order by corrected_at desc, event_id desc, identified_at desc
     limit ${limit}`,
    [...filterValues(gameId, filter), ...after],
  )
  const page = cutPage(rows, limit, ({ json }) => json.length)
  return {
    events: page.rows.map(({ json }) => json),
    next_cursor: page.last ? encodeCursor(page.last.position) : null,
  }
}
