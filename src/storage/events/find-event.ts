// Finds an event by its event_id. The primary key begins with game and occurred_at, so a known time is tried first. Without
// one, the game's part of every partition's key is searched.
import { utcTime } from '../postgres/cursor.ts'
import type { Database } from '../postgres/database.ts'
import type { StorageError } from '../postgres/storage-error.ts'
import { inTransaction } from '../postgres/transaction.ts'
import { EVENT_FIELDS } from './read-events.ts'

/** One clock made both the time in a v7 id and `occurred_at`, so they differ by a minute, or at most by a day. */
const NEAR = ['1 minute', '1 day']
/** The time limit of a search of all partitions. */
const SEARCH_MS_MAX = 5_000
/** One id with several times is several events. */
const FOUND_MAX = 10

export interface FoundEvents {
  /** One JSON object each, with `stored_at` beside the event's fields. */
  events: string[]
  /** False if the search reached its time limit. */
  complete: boolean
}

export interface KnownTime {
  /** The event's `occurred_at`. */
  exactly: string | undefined
  /** The time inside a v7 id. */
  about: string | undefined
}

export async function findEvents(
  database: Database,
  gameId: number,
  eventId: string,
  { exactly, about }: KnownTime,
): Promise<FoundEvents> {
  const at = exactly ?? (await undatedEventTime(database, gameId, eventId))
  for (const [time, within] of [[at, '0'] as const, ...NEAR.map((within) => [about, within] as const)]) {
    const events = time === undefined ? [] : await eventsNear(database, gameId, eventId, time, within)
    if (events.length > 0) return { events, complete: true }
  }
  return eventsAnywhere(database, gameId, eventId)
}

const FOUND_EVENT = `json_build_object(${EVENT_FIELDS}, 'stored_at', (
  select ${utcTime('stored_at')} from playtrace.batches where batches.batch_id = events.batch_id))::text`

/** The occurred_at of an undated event is its received_at, which is remembered for 31 days. */
async function undatedEventTime(database: Database, gameId: number, eventId: string): Promise<string | undefined> {
  const { rows } = await database.query<{ time: string }>(
    `select ${utcTime('received_at')} as time from playtrace.undated_events
     where game_id = $1 and event_id = $2`,
    [gameId, eventId],
  )
  return rows[0]?.time
}

async function eventsNear(
  database: Database,
  gameId: number,
  eventId: string,
  time: string,
  within: string,
): Promise<string[]> {
  const { rows } = await database.query<{ json: string }>(
    `select ${FOUND_EVENT} as json from playtrace.events
     where game_id = $1 and event_id = $2
       and occurred_at between $3::timestamptz - $4::interval and $3::timestamptz + $4::interval
     limit ${FOUND_MAX}`,
    [gameId, eventId, time, within],
  )
  return rows.map(({ json }) => json)
}

/** Takes about 65 ms and reads 50 MB of index for a million events. */
async function eventsAnywhere(database: Database, gameId: number, eventId: string): Promise<FoundEvents> {
  try {
    return await inTransaction(database, async (client) => {
      await client.query(`set local statement_timeout = ${SEARCH_MS_MAX}`)
      const { rows } = await client.query<{ json: string }>(
        `select ${FOUND_EVENT} as json from playtrace.events where game_id = $1 and event_id = $2 limit ${FOUND_MAX}`,
        [gameId, eventId],
      )
      return { events: rows.map(({ json }) => json), complete: true }
    })
  } catch (error) {
    if ((error as StorageError).code !== 'QUERY_TIMEOUT') throw error
    return { events: [], complete: false }
  }
}
