// The quarantine's bounds: rejections go with age, and each game keeps the newest ones alone, so that one game's flood
// takes no room from another's.
import type { Database } from './database.ts'

export interface QuarantineBounds {
  days: number
  /** Of one game. */
  eventsMax: number
}

export async function pruneQuarantine(
  database: Database,
  { days, eventsMax }: QuarantineBounds,
): Promise<void> {
  await dropOldRejections(database, days)
  await dropRejectionsBeyond(database, eventsMax)
}

async function dropOldRejections(database: Database, days: number): Promise<void> {
  await database.query(
    `delete from playtrace.rejected_events using playtrace.games
     where rejected_events.game_id = games.game_id and received_at < now() - make_interval(days => $1)`,
    [days],
  )
}

async function dropRejectionsBeyond(database: Database, eventsMax: number): Promise<void> {
  await database.query(
    `delete from playtrace.rejected_events using playtrace.games, lateral (
       select received_at, rejection_id from playtrace.rejected_events of_game
       where of_game.game_id = games.game_id
       order by received_at desc, rejection_id desc
       offset $1 limit 1
     ) as newest_beyond
     where rejected_events.game_id = games.game_id
       and (rejected_events.received_at, rejected_events.rejection_id) <= (newest_beyond.received_at, newest_beyond.rejection_id)`,
    [eventsMax],
  )
}
