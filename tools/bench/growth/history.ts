// A past for the table: rows as if they had come in over the last month, made by PostgreSQL itself from a thousand events
// of the load. Sessions of thirty events, two hundred of them at a time; most of one game, some of two others.
import type pg from 'pg'
import { openEventSource } from '../load/event-source.ts'

const TEMPLATES = 1_000
const CHUNK_ROWS = 200_000
const SPAN_MS = 30 * 24 * 60 * 60 * 1000
const PLAYERS = 200_000
/** One row of so many has a rejected event beside it. */
const ROWS_PER_REJECTION = 100

export interface Segment {
  /** Rows by number: what is there already, and what is there afterwards. */
  from: number
  to: number
  /** Over so many rows the month is spread: the newest come first. */
  of: number
  seed: number
  /** The newest row's time. */
  untilMs: number
}

/** Adds rows `from` to `to`, older than those before them, each chunk in the order of time as they would have come. */
export async function addHistory(
  client: pg.Client,
  { from, to, of, seed, untilMs }: Segment,
  onProgress: (rows: number) => void,
): Promise<void> {
  await prepareTemplates(client, seed)
  const timeOf = (row: number) => untilMs - (row / of) * SPAN_MS
  for (let month = new Date(timeOf(to)); month.getTime() <= untilMs; month = nextMonth(month)) {
    await client.query('select playtrace.ensure_events_partition($1)', [
      `${month.toISOString().slice(0, 7)}-01`,
    ])
  }
  for (let newest = to; newest > from; newest -= CHUNK_ROWS) {
    const oldest = Math.max(from, newest - CHUNK_ROWS)
    onProgress(to - newest + from)
    const rows = newest - oldest
    // From the oldest on: number 0 of the chunk is its first row in time.
    await client.query(EVENTS, [rows, newest, timeOf(newest) / 1000, SPAN_MS / of / 1000])
    await client.query(REJECTIONS, [rows, timeOf(newest) / 1000, SPAN_MS / of / 1000])
  }
  await client.query('vacuum analyze playtrace.events')
  await client.query('vacuum analyze playtrace.rejected_events')
  await client.query('checkpoint')
}

function nextMonth(month: Date): Date {
  return new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1, 1))
}

async function prepareTemplates(client: pg.Client, seed: number): Promise<void> {
  const source = openEventSource('game', seed)
  const events = Array.from({ length: TEMPLATES }, () => source.next(0))
  await client.query(`
    create temporary table if not exists templates
      (number int primary key, name text, app_version text, platform text, properties jsonb)`)
  await client.query(
    `insert into templates
     select ordinality - 1, event->>'name', event->>'app_version', event->>'platform', event->'properties'
     from unnest($1::jsonb[]) with ordinality as given (event, ordinality)
     on conflict do nothing`,
    [events],
  )
  await client.query('analyze templates')
}

const EVENTS = `
  insert into playtrace.events (occurred_at, received_at, corrected_at, sent_at, event_id, batch_id, game_id, clock_suspect,
    name, player_id, session_id, app_version, platform, properties)
  select occurred_at, occurred_at + interval '2 seconds', occurred_at, occurred_at + interval '1 second', event_id,
    md5((made.number / 500)::text)::uuid, case when session % 10 < 8 then 1 else 1 + session % 2 + 1 end, false,
    name, 'player-' || abs(hashint8(session)) % ${PLAYERS}, md5(session::text)::uuid::text, app_version, platform, properties
  from (
    select number, event_id, uuid_extract_timestamp(event_id) as occurred_at,
      number / 6000 * 200 + number % 200 as session, abs(hashint8(number)) % ${TEMPLATES} as template
    from (
      select $2::bigint - counted as number,
        uuidv7(to_timestamp($3::float8 + counted * $4::float8) - clock_timestamp()) as event_id
      from generate_series(0, $1::int - 1) as counted
    ) as identified
  ) as made
  join templates on templates.number = template
  order by occurred_at`

const REJECTIONS = `
  insert into playtrace.rejected_events (rejection_id, game_id, batch_id, received_at, reason, path, message, event_id, raw,
    key_fingerprint, name, app_version)
  select gen_random_uuid(), 1, gen_random_uuid(), to_timestamp($2::float8 + counted * $3::float8),
    (array['missing_field', 'unknown_field', 'wrong_type'])[1 + counted / ${ROWS_PER_REJECTION} % 3], '/player_id',
    'player_id is required.', gen_random_uuid(),
    convert_to(jsonb_build_object('name', name, 'app_version', app_version, 'properties', properties)::text, 'UTF8'),
    'bench', name, app_version
  from generate_series(0, $1::int - 1, ${ROWS_PER_REJECTION}) as counted
  join templates on templates.number = abs(hashint8(counted)) % ${TEMPLATES}`
