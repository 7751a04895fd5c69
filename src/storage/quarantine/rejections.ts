// Writes and reads rejected events, which are kept as they were sent.
import type { PoolClient } from 'pg'
import type { RejectionsPage, StoredRejection } from '../../contract/quarantine.ts'
import type { EventBatch } from '../../ingest/event-batch.ts'
import { cutPage, decodeCursor, encodeCursor, positionTime, timeOfPosition, utcTime } from '../postgres/cursor.ts'
import type { Database } from '../postgres/database.ts'

/**
 * A rejected event that is in quarantine already is skipped: its batch was consumed again, or its request was repeated.
 * The rows are inserted in the order of their keys, so that two transactions cannot block each other.
 * The same statement notes the new rows for the rollups.
 */
export async function quarantineEvents(client: PoolClient, batches: EventBatch[]): Promise<void> {
  const all = batches.flatMap(({ batch_id, quarantined }) => quarantined.map((event) => ({ ...event, batch_id })))
  if (all.length === 0) return
  await client.query(
    `with write as materialized (select nextval('playtrace.write_ids') as write_id),
     kept as (
       insert into playtrace.rejected_events
         (batch_id, rejection_id, game_id, received_at, reason, path, message, event_id, raw,
          key_fingerprint, name, app_version, sent_at, write_id)
       select came.*, (select write_id from write) from unnest(
         $1::uuid[], $2::uuid[], $3::smallint[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::uuid[],
         $9::bytea[], $10::text[], $11::text[], $12::text[], $13::timestamptz[]) as came (batch_id, rejection_id)
       order by rejection_id
       on conflict do nothing
       returning game_id, received_at
     )
     insert into playtrace.unrolled_rejections (game_id, day, events)
     select game_id, (received_at at time zone 'UTC')::date as day, count(*) from kept group by game_id, day`,
    [
      all.map((event) => event.batch_id),
      all.map((event) => event.rejection_id),
      all.map((event) => event.game_id),
      all.map((event) => event.received_at),
      all.map((event) => event.reason),
      all.map((event) => event.path),
      all.map((event) => event.message),
      all.map((event) => event.event_id),
      all.map(({ raw, is_latin1 }) => Buffer.from(raw, is_latin1 ? 'latin1' : 'utf8')),
      all.map((event) => event.key_fingerprint),
      all.map((event) => event.name),
      all.map((event) => event.app_version),
      all.map((event) => event.sent_at),
    ],
  )
}

/** Runs in the transaction that stores the replayed events. */
export async function markReplayed(client: PoolClient, batches: EventBatch[]): Promise<void> {
  const ids = batches.flatMap(({ events }) => events.flatMap(({ replay_of }) => replay_of ?? []))
  if (ids.length === 0) return
  await client.query(
    'update playtrace.rejected_events set replayed_at = now() where rejection_id = any($1) and replayed_at is null',
    [ids],
  )
}

export interface RejectionFilter {
  reason: string | undefined
  name: string | undefined
  app_version: string | undefined
}

/** A list shows this much of each rejected event. */
const RAW_BYTES_SHOWN = 64 * 1024

/** Returns one page, newest first. */
export async function readRejections(
  database: Database,
  gameId: number,
  { limit, cursor }: { limit: number; cursor: string | undefined },
  filter: Partial<RejectionFilter> = {},
): Promise<RejectionsPage> {
  const [receivedAt, rejectionId] = cursor === undefined ? [] : decodeCursor(cursor, ['time', 'uuid'])
  const { rows } = await database.query<RejectionRow & { position: string[] }>(
    `select ${LISTED_COLUMNS},
       array[${positionTime('received_at')}, rejection_id::text] as position
     from playtrace.rejected_events
     where game_id = $1
       and ($2::bigint is null or (received_at, rejection_id) < (${timeOfPosition('$2')}, $3::uuid))
       and ($5::text is null or reason = $5) and ($6::text is null or name = $6)
       and ($7::text is null or app_version = $7)
     order by rejected_events.received_at desc, rejection_id desc
     limit $4`,
    [gameId, receivedAt, rejectionId, limit, filter.reason, filter.name, filter.app_version],
  )
  const page = cutPage(rows, limit, ({ raw }) => raw.length)
  return {
    rejections: page.rows.map(({ position, ...row }) => withText(row)),
    next_cursor: page.last ? encodeCursor(page.last.position) : null,
  }
}

export async function readRejection(
  database: Database,
  gameId: number,
  rejectionId: string,
): Promise<StoredRejection | undefined> {
  const { rows } = await database.query<RejectionRow>(
    `select ${REJECTION_COLUMNS} from playtrace.rejected_events where game_id = $1 and rejection_id = $2`,
    [gameId, rejectionId],
  )
  return rows[0] && withText(rows[0])
}

/** Returns the rejections of one event, newest first. An event may have been rejected several times. */
export async function rejectionsOfEvent(
  database: Database,
  gameId: number,
  eventId: string,
): Promise<StoredRejection[]> {
  const { rows } = await database.query<RejectionRow>(
    `select ${REJECTION_COLUMNS} from playtrace.rejected_events
     where game_id = $1 and event_id = $2
     order by rejected_events.received_at desc, rejection_id desc
     limit ${OF_EVENT_MAX}`,
    [gameId, eventId],
  )
  return rows.map(withText)
}

const OF_EVENT_MAX = 10

export type RejectionRow = Omit<StoredRejection, 'raw'> & { raw: Buffer }

const columns = (
  raw: string,
) => `rejection_id, ${utcTime('received_at')} as received_at, reason, path, message, event_id,
  batch_id, ${raw} as raw, raw_bytes, key_fingerprint, name, app_version, ${utcTime('sent_at')} as sent_at,
  ${utcTime('replayed_at')} as replayed_at`

const REJECTION_COLUMNS = columns('raw')
export const LISTED_COLUMNS = columns(`substring(raw from 1 for ${RAW_BYTES_SHOWN})`)

export function withText<Row extends { raw: Buffer }>(row: Row): Omit<Row, 'raw'> & { raw: string } {
  return { ...row, raw: row.raw.toString() }
}
