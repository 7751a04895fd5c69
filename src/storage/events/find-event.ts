// Finds an event by its event_id. The primary key begins with game and identified_at, which a v7 id contains. Without that
// time, the game's part of every partition's key is searched.
import { utcTime } from '../postgres/cursor.ts'
import type { Database } from '../postgres/database.ts'
import type { StorageError } from '../postgres/storage-error.ts'
import { inTransaction } from '../postgres/transaction.ts'
import { EVENT_FIELDS } from './read-events.ts'

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
  /** The time inside a v7 id, which every such event has as its `identified_at`. */
  insideId: string | undefined
  /** The `occurred_at` of another event. It speeds up the search. */
  occurredAt: string | undefined
}

export async function findEvents(
  database: Database,
  gameId: number,
  eventId: string,
  { insideId, occurredAt }: KnownTime,
): Promise<FoundEvents> {
  const at = insideId ?? occurredAt ?? (await undatedEventTime(database, gameId, eventId))
  const events = at === undefined ? [] : await eventsAt(database, gameId, eventId, at)
  if (events.length > 0 || insideId !== undefined) return { events, complete: true }
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

async function eventsAt(database: Database, gameId: number, eventId: string, time: string): Promise<string[]> {
  const { rows } = await database.query<{ json: string }>(
    `select ${FOUND_EVENT} as json from playtrace.events
     where game_id = $1 and event_id = $2 and identified_at = $3::timestamptz`,
    [gameId, eventId, time],
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
