// Which writes an incremental export takes. Write ids are assigned in order and commit in any order, so an id that can be seen
// does not mean that all lower ones can.
import { decodeCursor, encodeCursor } from '../postgres/cursor.ts'
import type { Database } from '../postgres/database.ts'

/** SQL: the first key of the advisory locks of writes that are not committed. `playtrace.next_write_id` takes them. */
const WRITING = `hashtext('playtrace.writing')`
const LAST_ID = 'case when is_called then last_value else 0 end'

/** Writes with ids above `after`, up to `until`. */
export interface WriteWindow {
  after: string
  until: string
}

/**
 * @param since a cursor of an earlier call; undefined for the first window
 * @returns the window after the cursor, and the cursor of its end. No write that ends later has an id in the window
 * @throws UnreadableCursor
 */
export async function readWriteWindow(
  database: Database,
  since: string | undefined,
): Promise<WriteWindow & { next_cursor: string }> {
  const [after = '0'] = since === undefined ? [] : decodeCursor(since, ['number'])
  // The order matters: a write with an id up to the last one has announced itself before.
  const { rows: last } = await database.query<{ id: string }>(
    `select (${LAST_ID})::text as id from playtrace.write_ids`,
  )
  const { rows } = await database.query<{ until: string }>(
    `select greatest($1::bigint, least($2::bigint, min(objid::bigint)))::text as until from pg_locks
     where locktype = 'advisory' and objsubid = 2 and classid = (${WRITING}::bigint & 4294967295)::oid
       and database = (select oid from pg_database where datname = current_database())`,
    [after, last[0]?.id ?? '0'],
  )
  const until = rows[0]?.until ?? after
  return { after, until, next_cursor: encodeCursor([until]) }
}
