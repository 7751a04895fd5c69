// The quarantine by cause: its groups, and the rejections of one group, or of given ids, that are to be replayed.
import {
  REJECTION_GROUPS_MAX,
  REJECTION_SAMPLES,
  REPLAY_BYTES_MAX,
  REPLAY_EVENTS_MAX,
} from '../contract/limits.ts'
import type { RejectionGroup, RejectionGroups, ReplayGroup } from '../contract/quarantine.ts'
import { decodeCursor, encodeCursor, utcTime } from './cursor.ts'
import type { Database } from './database.ts'

/** Reads all of the game's quarantine, which is bounded, without the events themselves. */
export async function readRejectionGroups(database: Database, gameId: number): Promise<RejectionGroups> {
  const { rows } = await database.query<RejectionGroup & { groups: number }>(
    `with ranked as (
       select reason, name, app_version, rejection_id, path, message, received_at, replayed_at,
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
     order by events desc, reason, name, app_version
     limit $3`,
    [gameId, REJECTION_SAMPLES, REJECTION_GROUPS_MAX],
  )
  const all = rows[0]?.groups ?? 0
  return { groups: rows.map(({ groups, ...group }) => group), groups_left_out: all - rows.length }
}

/** Which rejections: of these ids whatever became of them, of a group those that were not replayed yet. */
export interface ReplaySelection {
  ids: string[] | undefined
  group: ReplayGroup | undefined
  cursor: string | undefined
}

export interface RejectionToReplay {
  rejection_id: string
  raw: string
  received_at: Date
  sent_at: string | null
}

export interface RejectionsToReplay {
  rejections: RejectionToReplay[]
  next_cursor: string | null
}

/** In the order of their ids, as many as fit a replay; one is always among them. */
export async function rejectionsToReplay(
  database: Database,
  gameId: number,
  { ids, group, cursor }: ReplaySelection,
): Promise<RejectionsToReplay> {
  const [after] = cursor === undefined ? [] : decodeCursor(cursor, ['uuid'])
  const { rows } = await database.query<Omit<RejectionToReplay, 'raw'> & { raw: Buffer; chosen: number }>(
    `with chosen as (
       select rejection_id from playtrace.rejected_events
       where game_id = $1 and ($2::uuid is null or rejection_id > $2)
         and case when $3::uuid[] is not null then rejection_id = any($3) else
           replayed_at is null and reason = $4 and ($5 or name is not distinct from $6)
           and ($7 or app_version is not distinct from $8) end
       order by rejection_id
       limit $9
     ), sized as (
       select rejected_events.*, (count(*) over ())::int as chosen,
         sum(octet_length(raw)) over (order by rejection_id) - octet_length(raw) as bytes_before
       from playtrace.rejected_events join chosen using (rejection_id)
     )
     select rejection_id, raw, received_at, ${SENT_AT} as sent_at, chosen
     from sized where bytes_before < $10 order by rejection_id`,
    [
      gameId,
      after,
      ids,
      group?.reason,
      group?.name === undefined,
      group?.name,
      group?.app_version === undefined,
      group?.app_version,
      REPLAY_EVENTS_MAX,
      REPLAY_BYTES_MAX,
    ],
  )
  const last = rows.at(-1)
  const isMore = last && (rows.length < last.chosen || rows.length === REPLAY_EVENTS_MAX)
  return {
    rejections: rows.map(({ chosen, ...row }) => ({ ...row, raw: row.raw.toString() })),
    next_cursor: isMore ? encodeCursor([last.rejection_id]) : null,
  }
}

/** As an envelope carries it. */
const SENT_AT = utcTime('sent_at')
