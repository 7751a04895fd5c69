// Deletes rejected events that are too old, and the oldest ones of each game that has too many or too large ones. Each game
// has its own limits, so the flood of one game takes no space from another.
import type { Database } from '../postgres/database.ts'
import { deleteOldNotKept } from './rejections-not-kept.ts'

export interface QuarantineBounds {
  days: number
  /** The limit of one game. */
  eventsMax: number
  /** The limit of one game, for the text of its rejected events as sent. */
  bytesMax: number
}

/** Few enough that no statement reaches its timeout, however large the events are. */
const STEP_EVENTS_MAX = 500
/** Far more than the flood of one hour. The rest is deleted an hour later. */
const STEPS_MAX = 20_000

export async function pruneQuarantine(database: Database, bounds: QuarantineBounds, stop: AbortSignal): Promise<void> {
  const { rows } = await database.query<{ game_id: number }>('select game_id from playtrace.games')
  for (const { game_id } of rows) {
    const beyond = await newestBeyond(database, game_id, bounds)
    if (beyond) await dropBackFrom(database, game_id, beyond, stop)
  }
  await deleteOldNotKept(database, bounds.days)
}

interface Position {
  /** As text: a Date would lose the microseconds. */
  received_at: string
  rejection_id: string
}

/** Finds the newest rejected event beyond one of the limits; every older one is beyond it too. Reads only the index. */
async function newestBeyond(
  database: Database,
  gameId: number,
  { days, eventsMax, bytesMax }: QuarantineBounds,
): Promise<Position | undefined> {
  const { rows } = await database.query<Position>(
    `select received_at::text, rejection_id from (
       select received_at, rejection_id, row_number() over back as events, sum(raw_bytes) over back as bytes
       from playtrace.rejected_events where game_id = $1
       window back as (order by received_at desc, rejection_id desc rows unbounded preceding)
     ) as newest_first
     where events > $2 or bytes > $3 or received_at < now() - make_interval(days => $4)
     order by newest_first.received_at desc, rejection_id desc
     limit 1`,
    [gameId, eventsMax, bytesMax, days],
  )
  return rows[0]
}

async function dropBackFrom(database: Database, gameId: number, from: Position, stop: AbortSignal): Promise<void> {
  for (let step = 0; step < STEPS_MAX && !stop.aborted; step++) {
    const { rowCount } = await database.query(
      `delete from playtrace.rejected_events where rejection_id in (
         select rejection_id from playtrace.rejected_events
         where game_id = $1 and (received_at, rejection_id) <= ($2, $3)
         order by received_at, rejection_id
         limit ${STEP_EVENTS_MAX}
         for update skip locked)`,
      [gameId, from.received_at, from.rejection_id],
    )
    if (rowCount !== STEP_EVENTS_MAX) return // no more, or another worker is deleting them
  }
}
