// Reads the quarantine in groups, and the rejected events that a replay sends again.
import { REJECTION_GROUPS_MAX, REJECTION_SAMPLES, REPLAY_BYTES_MAX, REPLAY_EVENTS_MAX } from '../../contract/limits.ts'
import type { RejectionGroup, RejectionGroups, ReplayGroup } from '../../contract/quarantine.ts'
import { decodeCursor, encodeCursor, utcTime } from '../postgres/cursor.ts'
import type { Database } from '../postgres/database.ts'
import { readNotKept } from './rejections-not-kept.ts'

/** Reads all rows of the game's quarantine, whose number is limited, without the text of the events. */
export async function readRejectionGroups(database: Database, gameId: number): Promise<RejectionGroups> {
  const [{ rows }, not_kept] = await Promise.all([
    database.query<RejectionGroup & { groups: number }>(
      `with ranked as (
         select reason, name, app_version, rejection_id, path, message, replayed_at, received_at,
           row_number() over (partition by reason, name, app_version order by received_at desc, rejection_id desc) as rank
         from playtrace.rejected_events where game_id = $1
       )
       select reason, name, app_version, count(*)::float8 as events, count(replayed_at)::float8 as replayed,
         ${utcTime('min(received_at)')} as first_received_at, ${utcTime('max(received_at)')} as last_received_at,
         json_agg(json_build_object('rejection_id', rejection_id, 'path', path, 'message', message) order by rank)
           filter (where rank <= $2) as samples,
         (count(*) over ())::float8 as groups
       from ranked
       group by reason, name, app_version
       order by count(*) desc, reason, name, app_version
       limit $3`,
      [gameId, REJECTION_SAMPLES, REJECTION_GROUPS_MAX],
    ),
    readNotKept(database, gameId),
  ])
  return {
    groups: rows.map(({ groups, ...group }) => group),
    groups_left_out: (rows[0]?.groups ?? 0) - rows.length,
    not_kept,
  }
}

/** The rejected events of `ids`, or those of `group` that have not been replayed. */
export interface ReplaySelection {
  ids: string[] | undefined
  group: ReplayGroup | undefined
  cursor: string | undefined
}

interface RejectionToReplay {
  rejection_id: string
  raw: Buffer
  received_at: Date
  sent_at: string | null
  /** Of the key that sent it; null if there is no such key any more. */
  key_no: number | null
}

export interface RejectionsToReplay {
  rejections: RejectionToReplay[]
  next_cursor: string | null
}

/** Returns as many as fit into one replay, at least one, in the order of their ids. */
export async function rejectionsToReplay(
  database: Database,
  gameId: number,
  { ids, group, cursor }: ReplaySelection,
): Promise<RejectionsToReplay> {
  const [after] = cursor === undefined ? [] : decodeCursor(cursor, ['uuid'])
  const { rows } = await database.query<RejectionToReplay & { chosen: number }>(
    `with chosen as (
       select rejection_id from playtrace.rejected_events
       where game_id = $1 and ($7::uuid is null or rejection_id > $7)
         and case when $8::uuid[] is not null then rejection_id = any($8)
           else replayed_at is null and ${OF_GROUP} end
       order by rejection_id
       limit $9
     ), sized as (
       select rejected_events.*, (count(*) over ())::int as chosen,
         sum(raw_bytes) over (order by rejection_id) - raw_bytes as bytes_before
       from playtrace.rejected_events join chosen using (rejection_id)
     )
     select rejection_id, raw, received_at, ${SENT_AT} as sent_at, key_no, chosen
     from sized left join (
       select fingerprint as key_fingerprint, min(key_no) as key_no from playtrace.keys group by fingerprint
     ) as sender using (key_fingerprint)
     where bytes_before < $10 order by rejection_id`,
    [gameId, ...groupValues(group), after, ids, REPLAY_EVENTS_MAX, REPLAY_BYTES_MAX],
  )
  const last = rows.at(-1)
  const isMore = last && (rows.length < last.chosen || rows.length === REPLAY_EVENTS_MAX)
  return {
    rejections: rows.map(({ chosen, ...row }) => row),
    next_cursor: isMore ? encodeCursor([last.rejection_id]) : null,
  }
}

/** In the spelling that a request has. */
const SENT_AT = utcTime('sent_at')

const OF_GROUP = `reason = $2 and ($3 or name is not distinct from $4) and ($5 or app_version is not distinct from $6)`

function groupValues(group: ReplayGroup | undefined): unknown[] {
  const { reason, name, app_version } = group ?? {}
  return [reason, name === undefined, name, app_version === undefined, app_version]
}
