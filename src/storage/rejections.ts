// The quarantine: rejected events, kept as they were sent with the reason.
import type { PoolClient } from 'pg'
import type { RejectionsPage, StoredRejection } from '../contract/reading.ts'
import type { QuarantinedEvent } from '../ingest/event-batch.ts'
import { decodeCursor, encodeCursor, positionTime, utcTime } from './cursor.ts'
import type { Database } from './database.ts'

/**
 * The same rejection twice (a batch that was written and consumed again) is kept once.
 * @returns how many were not there yet
 */
export async function quarantineEvents(
  client: PoolClient,
  batchId: string,
  rejected: QuarantinedEvent[],
): Promise<number> {
  if (rejected.length === 0) return 0
  const { rowCount } = await client.query(
    `insert into playtrace.rejected_events
       (batch_id, rejection_id, game_id, received_at, reason, path, message, event_id, raw)
     select $1, * from unnest(
       $2::uuid[], $3::smallint[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::bytea[])
     on conflict do nothing`,
    [
      batchId,
      rejected.map((event) => event.rejection_id),
      rejected.map((event) => event.game_id),
      rejected.map((event) => event.received_at),
      rejected.map((event) => event.reason),
      rejected.map((event) => event.path),
      rejected.map((event) => event.message),
      rejected.map((event) => event.event_id),
      rejected.map((event) => Buffer.from(event.raw)),
    ],
  )
  return rowCount ?? 0
}

/** One page, newest first. */
export async function readRejections(
  database: Database,
  gameId: number,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<RejectionsPage> {
  const [receivedAt, rejectionId] = cursor === undefined ? [] : decodeCursor(cursor, ['time', 'uuid'])
  const { rows } = await database.query<RejectionRow & { position: string[] }>(
    `select ${REJECTION_COLUMNS},
       array[${positionTime('received_at')}, rejection_id::text] as position
     from playtrace.rejected_events
     where game_id = $1
       and ($2::timestamptz is null or (received_at, rejection_id) < ($2::timestamptz, $3::uuid))
     order by rejected_events.received_at desc, rejection_id desc
     limit $4`,
    [gameId, receivedAt, rejectionId, limit],
  )
  const last = rows.length === limit ? rows.at(-1) : undefined
  return {
    rejections: rows.map(({ position, ...row }) => withText(row)),
    next_cursor: last ? encodeCursor(last.position) : null,
  }
}

/** Of one event, newest first: the same event may have been rejected several times. */
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

type RejectionRow = Omit<StoredRejection, 'raw'> & { raw: Buffer }

const REJECTION_COLUMNS = `rejection_id, ${utcTime('received_at')} as received_at, reason, path, message, event_id,
  batch_id, raw`

function withText<Row extends { raw: Buffer }>(row: Row): Omit<Row, 'raw'> & { raw: string } {
  return { ...row, raw: row.raw.toString() }
}
