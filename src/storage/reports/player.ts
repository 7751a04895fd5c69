// Reads one player's profile: first and last day, levels, revenue and sessions.
import { PLAYER_SESSIONS_MAX } from '../../contract/report-limits.ts'
import { utcTime } from '../postgres/cursor.ts'
import type { Database } from '../postgres/database.ts'
import { readJson } from './read-json.ts'

/** SQL: the level of the player whose first time is the latest. */
const newestLevel = (firstAt: string) => `
  select level from playtrace.player_levels
  where player_levels.player_no = players.player_no and ${firstAt} is not null
  order by ${firstAt} desc, level desc limit 1`

/** @returns a PlayerProfile as JSON; undefined if there is no such player */
export function readPlayer(database: Database, gameId: number, playerId: string): Promise<string | undefined> {
  return readJson(
    database,
    `select json_build_object(
       'player_id', player_id, 'first_seen_at', ${utcTime('first_seen_at')},
       'last_seen_at', (
         select ${utcTime('max(ended_at)')} from playtrace.sessions where sessions.player_no = players.player_no
       ),
       'active_days', (select count(*) from playtrace.player_days where player_days.player_no = players.player_no),
       'first_day', first_day,
       'newest_level', (${newestLevel('first_tried_at')}),
       'newest_level_completed', (${newestLevel('first_completed_at')}),
       'revenue', (
         select coalesce(json_agg(by_currency order by purchases desc, currency), '[]')
         from (
           select currency, sum(amount_minor) as amount_minor, count(*) as purchases
           from playtrace.purchases where purchases.player_no = players.player_no group by currency
         ) as by_currency
       ),
       'sessions', (
         select coalesce(json_agg(json_build_object('started_at', ${utcTime('started_at')},
           'ended_at', ${utcTime('ended_at')}, 'events', events) order by started_at desc), '[]')
         from (
           select started_at, ended_at, events from playtrace.sessions where sessions.player_no = players.player_no
           order by started_at desc limit ${PLAYER_SESSIONS_MAX}
         ) as newest
       )
     )::text as json
     from playtrace.players where game_id = $1 and player_id = $2`,
    [gameId, playerId],
  )
}
