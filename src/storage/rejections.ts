// The quarantine: rejected events, kept as they were sent with the reason.
import type { PoolClient } from 'pg'
import type { RejectionsPage, StoredRejection } from '../contract/reading.ts'
import type { QuarantinedEvent } from '../ingest/event-batch.ts'
import { decodeCursor, encodeCursor, positionTime, timeOfPosition, utcTime } from './cursor.ts'
import type { Database } from './database.ts'
import { cutPage } from './page.ts'

/** The same rejection twice (a batch that was written and consumed again) is kept once. */
export async function quarantineEvents(
  client: PoolClient,
  batchId: string,
  rejected: QuarantinedEvent[],
): Promise<void> {
  if (rejected.length === 0) return
  await client.query(
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
}

/** A list shows this much of each; the table holds all. */
const RAW_BYTES_SHOWN = 64 * 1024

/** One page, newest first. */
export async function readRejections(
  database: Database,
  gameId: number,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<RejectionsPage> {
  const [receivedAt, rejectionId] = cursor === undefined ? [] : decodeCursor(cursor, ['time', 'uuid'])
  const { rows } = await database.query<Omit<StoredRejection, 'raw'> & { raw: Buffer; position: string[] }>(
    `select rejection_id, ${utcTime('received_at')} as received_at, reason, path, message, event_id, batch_id,
       substring(raw from 1 for ${RAW_BYTES_SHOWN}) as raw, octet_length(raw) as raw_bytes,
       array[${positionTime('received_at')}, rejection_id::text] as position
     from playtrace.rejected_events
     where game_id = $1
       and ($2::bigint is null or (received_at, rejection_id) < (${timeOfPosition('$2')}, $3::uuid))
     order by rejected_events.received_at desc, rejection_id desc
     limit $4`,
    [gameId, receivedAt, rejectionId, limit],
  )
  const page = cutPage(rows, limit, ({ raw }) => raw.length)
  return {
    rejections: page.rows.map(({ position, ...row }) => ({ ...row, raw: row.raw.toString() })),
    next_cursor: page.last ? encodeCursor(page.last.position) : null,
  }
}
