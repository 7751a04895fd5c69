// What has been stored and rejected since the look before, for the live tail. A look costs a few index entries where nothing
// came, and never reads an event twice.
import type { Database } from '../postgres/database.ts'
import { type RejectionNews, rejectionTail } from '../quarantine/read-tail-rejections.ts'
import { EVENT_JSON } from './read-events.ts'

/** Of one game; a field that is undefined matches all. */
export interface TailFilter {
  game_id: number
  name: string | undefined
  player_id: string | undefined
  app_version: string | undefined
}

/** What is new of one filter. */
export interface StoredNews {
  /** One JSON object each, the first that were stored. */
  events: string[]
  /** That match, with those that are not in `events` because they are too many or too large. */
  matching: number
  /** Of the game, whatever the filter. */
  stored: number
}

export interface TailNews {
  /** In the order of the filters. */
  stored: StoredNews[]
  rejected: Map<number, RejectionNews>
}

/** What came since the call before; one call at a time. */
export type ReadTail = (filters: TailFilter[]) => Promise<TailNews>

/** Of one filter and look. */
const EVENTS_MAX = 200
const EVENTS_BYTES_MAX = 256 * 1024
/** More are left to the next look. */
const WRITES_MAX = 500
/** A write that is not there by then was rolled back, or stored nothing. */
const WRITE_MS_MAX = 10_000

/** From now on. */
export async function openTail(database: Database): Promise<ReadTail> {
  const writes = await writesSince(database)
  const readRejections = await rejectionTail(database)
  return async (filters) => {
    const ids = await writes.next()
    const stored = await readStored(database, ids, filters)
    const rejected = await readRejections([...new Set(filters.map(({ game_id }) => game_id))])
    // Last: what fails before is told to nobody, and is looked for again.
    writes.found(stored.flatMap(({ write_ids }) => write_ids ?? []))
    return { stored: stored.map(({ write_ids, ...news }) => news), rejected }
  }
}

/**
 * The ids of the writes to look for: given in order, they commit in any, so that one that is not there yet is asked for again.
 */
async function writesSince(database: Database) {
  let last = await lastWriteId(database)
  const pending = new Map<number, number>()
  return {
    async next(): Promise<number[]> {
      const newest = await lastWriteId(database)
      // A database that was restored counts anew.
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

const MATCHES = `came.game_id = filter.game_id
  and (filter.name is null or came.name = filter.name)
  and (filter.player_id is null or came.player_id = filter.player_id)
  and (filter.app_version is null or came.app_version = filter.app_version)`

async function readStored(
  database: Database,
  writeIds: number[],
  filters: TailFilter[],
): Promise<(StoredNews & { write_ids?: number[] | null })[]> {
  if (writeIds.length === 0) return filters.map(() => ({ events: [], matching: 0, stored: 0 }))
  const { rows } = await database.query<StoredNews & { write_ids: number[] | null }>(
    `with came as materialized (select * from playtrace.events where write_id = any($1::bigint[]))
     select
       array(
         select json from (
           select json, sum(octet_length(json)) over (rows unbounded preceding) as bytes
           from (
             select ${EVENT_JSON} as json from came where ${MATCHES}
             order by write_id, received_at, event_id limit ${EVENTS_MAX}
           ) first
         ) sized where bytes <= ${EVENTS_BYTES_MAX}
       ) as events,
       (select count(*)::int from came where ${MATCHES}) as matching,
       (select count(*)::int from came where came.game_id = filter.game_id) as stored,
       (select array_agg(distinct write_id)::float8[] from came) as write_ids
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
