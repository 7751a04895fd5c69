// Reads the events and rejected events that are new since the last read, for the live tail. Each event is read once, and a read
// without new events costs a few index entries.
import type { Database } from '../postgres/database.ts'
import { type RejectionNews, readNewRejections } from '../quarantine/read-tail-rejections.ts'
import { EVENT_JSON } from './read-events.ts'

/** Matches events of one game. A field that is undefined matches all. */
export interface TailFilter {
  game_id: number
  name: string | undefined
  player_id: string | undefined
  app_version: string | undefined
}

/** The new events of one filter. */
export interface StoredNews {
  /** One JSON object each, oldest first, within the limits below. */
  events: string[]
  /** The number of new events that match, including those beyond the limits of `events`. */
  matching: number
  /** The number of new events of the game, whatever the filter. */
  stored: number
}

export interface TailNews {
  /** In the order of the filters. */
  stored: StoredNews[]
  rejected: Map<number, RejectionNews>
}

/** Returns the news since the call before. Calls must not overlap. */
export type ReadTail = (filters: TailFilter[]) => Promise<TailNews>

/** Limits of one read of one filter. */
const EVENTS_MAX = 200
const EVENTS_BYTES_MAX = 256 * 1024
/** Writes of one read. The next read takes the others. */
const WRITES_MAX = 500
/** A write that cannot be seen after this time was rolled back or stored nothing. */
const WRITE_MS_MAX = 10_000

/** The first read returns what is new from now on. */
export async function openTail(database: Database): Promise<ReadTail> {
  const writes = await writesSince(database)
  return async (filters) => {
    const ids = await writes.next()
    const stored = await readStored(database, ids, filters)
    const games = [...new Set(filters.map(({ game_id }) => game_id))]
    const { rejected, write_ids } = await readNewRejections(database, ids, games)
    // Last, so that a read that fails is repeated in full.
    writes.found([...write_ids, ...stored.flatMap((news) => news.write_ids ?? [])])
    return { stored: stored.map(({ write_ids, ...news }) => news), rejected }
  }
}

/** Write ids are assigned in order but commit in any order, so an id that cannot be seen yet is read again. */
async function writesSince(database: Database) {
  let last = await lastWriteId(database)
  const pending = new Map<number, number>()
  return {
    async next(): Promise<number[]> {
      const newest = await lastWriteId(database)
      // A restored database counts from an older number.
      if (newest < last) last = newest
      const nowMs = performance.now()
      for (const [id, sinceMs] of pending) if (nowMs - sinceMs > WRITE_MS_MAX) pending.delete(id)
      while (last < newest && pending.size < WRITES_MAX) pending.set(++last, nowMs)
      return [...pending.keys()]
    },
    found(ids: number[]): void {
      for (const id of ids) pending.delete(id)
    },
  }
}

async function lastWriteId(database: Database): Promise<number> {
  const { rows } = await database.query<{ last: number }>(
    'select case when is_called then last_value else 0 end::float8 as last from playtrace.write_ids',
  )
  return rows[0]?.last ?? 0
}

const MATCHES = `events.game_id = filter.game_id
  and (filter.name is null or events.name = filter.name)
  and (filter.player_id is null or events.player_id = filter.player_id)
  and (filter.app_version is null or events.app_version = filter.app_version)`

async function readStored(
  database: Database,
  writeIds: number[],
  filters: TailFilter[],
): Promise<(StoredNews & { write_ids?: number[] | null })[]> {
  if (writeIds.length === 0) return filters.map(() => ({ events: [], matching: 0, stored: 0 }))
  const { rows } = await database.query<StoredNews & { write_ids: number[] | null }>(
    `with events as materialized (select * from playtrace.events where write_id = any($1::bigint[]))
     select
       array(
         select json from (
           select json, sum(octet_length(json)) over (rows unbounded preceding) as bytes
           from (
             select ${EVENT_JSON} as json from events where ${MATCHES}
             order by write_id, received_at, event_id limit ${EVENTS_MAX}
           ) first
         ) sized where bytes <= ${EVENTS_BYTES_MAX}
       ) as events,
       (select count(*)::int from events where ${MATCHES}) as matching,
       (select count(*)::int from events where events.game_id = filter.game_id) as stored,
       (select array_agg(distinct write_id)::float8[] from events) as write_ids
     from unnest($2::smallint[], $3::text[], $4::text[], $5::text[])
       with ordinality as filter (game_id, name, player_id, app_version, number)
     order by number`,
    [
      writeIds,
      filters.map(({ game_id }) => game_id),
      filters.map(({ name }) => name),
      filters.map(({ player_id }) => player_id),
      filters.map(({ app_version }) => app_version),
    ],
  )
  return rows
}
