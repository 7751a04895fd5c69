// The quarantine by cause: its groups, and the rejections of one group, or of given ids, that are to be replayed.
import {
  REJECTION_GROUPS_MAX,
  REJECTION_SAMPLES,
  REPLAY_BYTES_MAX,
  REPLAY_EVENTS_MAX,
} from '../../contract/limits.ts'
import type { RejectionGroup, RejectionGroups, ReplayGroup } from '../../contract/quarantine.ts'
import { decodeCursor, encodeCursor, utcTime } from '../postgres/cursor.ts'
import type { Database } from '../postgres/database.ts'

/** Reads all of the game's quarantine, which is bounded, without the events themselves, and what was counted besides. */
export async function readRejectionGroups(database: Database, gameId: number): Promise<RejectionGroups> {
  const { rows } = await database.query<RejectionGroup & { groups: number; unkept_of_all: number }>(
    `with ranked as (
       select reason, name, app_version, rejection_id, path, message, replayed_at,
         received_at as first_received_at, received_at as last_received_at, 0 as unkept,
         row_number() over (partition by reason, name, app_version order by received_at desc, rejection_id desc) as rank
       from playtrace.rejected_events where game_id = $1
       union all
       select reason, name, app_version, null, null, null, null, first_received_at, last_received_at, events, null
       from playtrace.unkept_rejections where game_id = $1
     )
     select reason, name, app_version, count(rejection_id)::float8 as events, count(replayed_at)::float8 as replayed,
       sum(unkept)::float8 as unkept,
       ${utcTime('min(first_received_at)')} as first_received_at, ${utcTime('max(last_received_at)')} as last_received_at,
       coalesce(json_agg(json_build_object('rejection_id', rejection_id, 'path', path, 'message', message) order by rank)
         filter (where rank <= $2), '[]') as samples,
       (count(*) over ())::float8 as groups, (sum(sum(unkept)) over ())::float8 as unkept_of_all
     from ranked
     group by reason, name, app_version
     order by count(rejection_id) + sum(unkept) desc, reason, name, app_version
     limit $3`,
    [gameId, REJECTION_SAMPLES, REJECTION_GROUPS_MAX],
  )
  const { groups = 0, unkept_of_all = 0 } = rows[0] ?? {}
  return {
    groups: rows.map(({ groups, unkept_of_all, ...group }) => group),
    groups_left_out: groups - rows.length,
    unkept: unkept_of_all,
  }
}

/** Which rejections: of these ids whatever became of them, of a group those that were not replayed yet. */
export interface ReplaySelection {
  ids: string[] | undefined
  group: ReplayGroup | undefined
  cursor: string | undefined
}

interface RejectionToReplay {
  rejection_id: string
  raw: string
  received_at: Date
  sent_at: string | null
}

export interface RejectionsToReplay {
  rejections: RejectionToReplay[]
  /** Of the group, counted and not kept. */
  unkept: number
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
     select rejection_id, raw, received_at, ${SENT_AT} as sent_at, chosen
     from sized where bytes_before < $10 order by rejection_id`,
    [gameId, ...groupValues(group), after, ids, REPLAY_EVENTS_MAX, REPLAY_BYTES_MAX],
  )
  const last = rows.at(-1)
  const isMore = last && (rows.length < last.chosen || rows.length === REPLAY_EVENTS_MAX)
  return {
    rejections: rows.map(({ chosen, ...row }) => ({ ...row, raw: row.raw.toString() })),
    unkept: group ? await unkeptOf(database, gameId, group) : 0,
    next_cursor: isMore ? encodeCursor([last.rejection_id]) : null,
  }
}

/** As an envelope carries it. */
const SENT_AT = utcTime('sent_at')

async function unkeptOf(database: Database, gameId: number, group: ReplayGroup): Promise<number> {
  const { rows } = await database.query<{ unkept: number }>(
    `select coalesce(sum(events), 0)::float8 as unkept from playtrace.unkept_rejections
     where game_id = $1 and ${OF_GROUP}`,
    [gameId, ...groupValues(group)],
  )
  return rows[0]?.unkept ?? 0
}

const OF_GROUP = `reason = $2 and ($3 or name is not distinct from $4) and ($5 or app_version is not distinct from $6)`

function groupValues(group: ReplayGroup | undefined): unknown[] {
  const { reason, name, app_version } = group ?? {}
  return [reason, name === undefined, name, app_version === undefined, app_version]
}
