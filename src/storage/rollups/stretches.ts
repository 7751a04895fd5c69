// Which stored events a rebuild folds, in stretches of time that are small enough to fold at once.
import type { PoolClient } from 'pg'
import { IS_FOLDED, type Stretch } from './folded-events.ts'

/** UTC days, both included; undefined: from the first, to the last. */
export interface Days {
  from: string | undefined
  to: string | undefined
}

/** An hour with more is a stretch by itself. */
const STRETCH_EVENTS_MAX = 100_000

interface Hour extends Stretch {
  events: number
}

/** SQL: whether it is within `Days`, given as $1 and $2. */
export const dayIsWithin = (day: string) =>
  `${day} between coalesce($1::date, '-infinity') and coalesce($2::date, 'infinity')`
export const timeIsWithin = (time: string) =>
  `${time} >= coalesce($1::date::timestamp at time zone 'UTC', '-infinity')
   and ${time} < coalesce(($2::date + 1)::timestamp at time zone 'UTC', 'infinity')`

export async function findStretches(
  client: PoolClient,
  { from, to }: Days,
): Promise<{ stretches: Hour[]; events: number }> {
  const { rows } = await client.query<Hour>(
    `select game_id as "gameId", hour::text as from, (hour + interval '1 hour')::text as to, events
     from (
       select game_id, date_trunc('hour', corrected_at, 'UTC') as hour, count(*)::integer as events
       from playtrace.events
       where ${timeIsWithin('corrected_at')} and ${IS_FOLDED}
       group by game_id, hour
     ) as hours
     order by game_id, hour`,
    [from, to],
  )
  return { stretches: merged(rows), events: rows.reduce((sum, { events }) => sum + events, 0) }
}

function merged(hours: Hour[]): Hour[] {
  const stretches: Hour[] = []
  for (const hour of hours) {
    const last = stretches.at(-1)
    if (last?.gameId === hour.gameId && last.events + hour.events <= STRETCH_EVENTS_MAX) {
      last.to = hour.to
      last.events += hour.events
    } else stretches.push({ ...hour })
  }
  return stretches
}
