// One event by its event_id alone. The primary key leads with occurred_at, so that what is known of the time is tried
// first, the cheapest first; only an id that tells nothing of its time costs a search of the whole key.
import { utcTime } from '../postgres/cursor.ts'
import type { Database } from '../postgres/database.ts'
import type { StorageError } from '../postgres/storage-error.ts'
import { inTransaction } from '../postgres/transaction.ts'
import { EVENT_FIELDS } from './read-events.ts'

/** The clock that made a v7 id and the one that wrote `occurred_at` are one: they agree to the minute, or to the day. */
const NEAR = ['1 minute', '1 day']
/** A search of everything ends here, and says that it did. */
const SEARCH_MS_MAX = 5_000
/** The same id with several times is several events. */
const FOUND_MAX = 10

export interface FoundEvents {
  /** One JSON object each, with `stored_at` beside the event's fields. */
  events: string[]
  /** False: the time was up before everything had been searched. */
  complete: boolean
}

/** What is known of `occurred_at`; both may be absent. */
export interface KnownTime {
  exactly: string | undefined
  /** The time inside the id. */
  about: string | undefined
}

export async function findEvents(
  database: Database,
  gameId: number,
  eventId: string,
  { exactly, about }: KnownTime,
): Promise<FoundEvents> {
  const at = exactly ?? (await undatedEventTime(database, gameId, eventId))
  const tries: [time: string | undefined, within: string][] = [
    [at, '0'],
    ...NEAR.map((within): [string | undefined, string] => [about, within]),
  ]
  for (const [time, within] of tries) {
    const events = time === undefined ? [] : await eventsNear(database, gameId, eventId, time, within)
    if (events.length > 0) return { events, complete: true }
  }
  return eventsAnywhere(database, gameId, eventId)
}

const FOUND_EVENT = `json_build_object(${EVENT_FIELDS}, 'stored_at', (
  select ${utcTime('stored_at')} from playtrace.batches where batches.batch_id = events.batch_id))::text`

/** Where the mark of an undated event still is, it says when the event was received: that is its occurred_at. */
async function undatedEventTime(
  database: Database,
  gameId: number,
  eventId: string,
): Promise<string | undefined> {
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

/** Reads the game's part of every partition's primary key: some 65 ms and 50 MB of index for a million events. */
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
