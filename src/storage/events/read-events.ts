// Stored events, a page at a time. Rows leave as the JSON that PostgreSQL writes: parsed here, the
// integers beyond 2^53 in their properties would lose digits.
import {
  cutPage,
  decodeCursor,
  encodeCursor,
  positionTime,
  timeOfPosition,
  utcTime,
} from '../postgres/cursor.ts'
import type { Database } from '../postgres/database.ts'

/** A range of corrected_at, `from` inside, `to` outside; both in a spelling that PostgreSQL reads. */
interface TimeRange {
  from: string | undefined
  to: string | undefined
}

export interface EventFilter extends TimeRange {
  name: string | undefined
  player_id: string | undefined
  session_id: string | undefined
}

export interface EventsPage {
  /** One JSON object each. */
  events: string[]
  next_cursor: string | null
}

/** Newest first by corrected_at; ties in an order of their own, so that no event falls between two pages. */
export async function readEvents(
  database: Database,
  gameId: number,
  filter: EventFilter,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<EventsPage> {
  const after = cursor === undefined ? undefined : decodeCursor(cursor, ['time', 'uuid', 'time'])
  const where = eventConditions(gameId, filter)
  if (after)
    where.addAll(
      `(corrected_at, event_id, occurred_at) < (${timeOfPosition('?')}, ?, ${timeOfPosition('?')})`,
      after,
    )
  const { rows } = await database.query<{ json: string; position: string[] }>(
    `select ${EVENT_JSON} as json,
       array[${positionTime('corrected_at')}, event_id::text, ${positionTime('occurred_at')}] as position
     from playtrace.events
     where ${where.sql()}
     order by corrected_at desc, event_id desc, occurred_at desc
     limit ${limit}`,
    where.values,
  )
  const page = cutPage(rows, limit, ({ json }) => json.length)
  return {
    events: page.rows.map(({ json }) => json),
    next_cursor: page.last ? encodeCursor(page.last.position) : null,
  }
}

export function eventConditions(gameId: number, filter: EventFilter): Conditions {
  const where = new Conditions(gameId)
  where.addRange(filter)
  where.add('name = ?', filter.name)
  where.add('player_id = ?', filter.player_id)
  where.add('session_id = ?', filter.session_id)
  return where
}

/** An event's columns, as pairs for json_build_object. */
export const EVENT_FIELDS = `
  'event_id', event_id, 'name', name, 'player_id', player_id, 'session_id', session_id,
  'occurred_at', ${utcTime('occurred_at')}, 'sent_at', ${utcTime('sent_at')},
  'received_at', ${utcTime('received_at')}, 'corrected_at', ${utcTime('corrected_at')},
  'clock_suspect', clock_suspect, 'app_version', app_version, 'platform', platform,
  'properties', properties, 'batch_id', batch_id`

export const EVENT_JSON = `json_build_object(${EVENT_FIELDS})::text`

/** The where clause of one game's rows; conditions without a value are left out. */
class Conditions {
  readonly values: unknown[]
  private readonly parts = ['game_id = $1']

  constructor(gameId: number) {
    this.values = [gameId]
  }

  add(condition: string, value: string | undefined): void {
    if (value !== undefined) this.addAll(condition, [value])
  }

  addRange({ from, to }: TimeRange): void {
    this.add('corrected_at >= ?', from)
    this.add('corrected_at < ?', to)
  }

  addAll(condition: string, values: string[]): void {
    let next = 0
    this.parts.push(condition.replaceAll('?', () => `$${this.values.push(values[next++])}`))
  }

  sql(): string {
    return this.parts.join(' and ')
  }
}
