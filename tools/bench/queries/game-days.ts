// Two months of a game, made by PostgreSQL itself a day at a time: events, and beside them the rollups that a fold would
// have made of them (the players' once all days are there). Everything is drawn from hashes, so that it repeats.
import type pg from 'pg'
import { CREATE_TEMPLATES } from './templates.ts'

export interface GameSize {
  events: number
  players: number
  days: number
  /** The last day, YYYY-MM-DD. */
  lastDay: string
}

/** The tables hold nothing before it. */
export async function fillGame(
  client: pg.Client,
  { events, players, days, lastDay }: GameSize,
  onProgress: (day: number) => void,
): Promise<void> {
  await client.query(CREATE_TEMPLATES)
  await client.query(CREATE_ACTIVE)
  await client.query(FILL_ACTIVE, [players, days, lastDay])
  const { rows } = await client.query<{ day: string; number: number; player_days: number }>(ACTIVE_DAYS)
  const total = rows.reduce((sum, { player_days }) => sum + player_days, 0)
  for (const { day, number } of rows) {
    onProgress(number)
    await client.query(`select playtrace.ensure_events_partition(date_trunc('month', $1::date)::date)`, [day])
    await client.query('truncate made')
    await client.query(MAKE_EVENTS, [day, Math.max(1, Math.round(events / total))])
    await client.query('analyze made')
    for (const statement of STORE) await client.query(statement)
  }
  await client.query(STORE_PLAYERS)
  await client.query(STORE_PLAYER_DAYS)
  await client.query(STORE_PAYER_DAYS)
  await client.query('vacuum analyze')
  await client.query('checkpoint')
}

/** SQL: 0 ≤ x < 1, the same for the same two numbers. */
const drawn = (one: string, other: string) =>
  `((hashint8extended(${one}, ${other}) & 2147483647) / 2147483648.0)`

const CREATE_ACTIVE = `
  create temporary table active (player_no int, day date, first_day date, previous_day date);
  create temporary table made (player_no int, event_id uuid, at timestamptz, session_id text, name text, platform text,
    app_version text, properties jsonb);
  create temporary table levels (player_no int, tried int, completed int)`

/** Players come evenly over the days, and come back ever less: some five days each. */
const FILL_ACTIVE = `
  insert into active
  select player_no, day, first_day, lag(day) over (partition by player_no order by day)
  from (
    select player_no, $3::date - $2::int + 1 + number as day, $3::date - $2::int + 1 + first as first_day
    from (
      select player_no, floor(${drawn('player_no', '1')} * $2::int)::int as first from generate_series(1, $1::int) as player_no
    ) as players
    cross join generate_series(0, $2::int - 1) as number
    where number = first
      or number > first and ${drawn('player_no * 1000 + number', '2')} < 0.4 / sqrt(number - first)
  ) as days`

const ACTIVE_DAYS = `
  select day::text, row_number() over (order by day)::int as number, count(*)::int as player_days
  from active group by day order by day`

/** One sitting a day, an event every minute and a half; a few events of the day's last players are the next day's. */
const MAKE_EVENTS = `
  insert into made
  select player_no, uuidv7(at - clock_timestamp()), at, md5(player_no || '/' || $1)::uuid::text,
    name, (array['ios', 'android', 'windows'])[1 + player_no % 3], '1.' || player_no % 4, properties
  from (
    select player_no, hashint8extended(player_no * 100 + number, 3) as draw,
      ($1::date::timestamp at time zone 'UTC') + (${drawn('player_no', "($1::date - date '2000-01-01')")} * 80000 + number * 90) * interval '1 second' as at
    from active cross join generate_series(1, $2::int) as number where day = $1::date
  ) as draws
  join templates on templates.number = abs((draw + extract(epoch from at)::bigint) % (select count(*) from templates))
  order by at`

const DAY = `(at at time zone 'UTC')::date`
const LEVEL = `(properties ->> 'level')::int`
const IS_LEVEL = `name in ('level_start', 'level_fail', 'level_complete')`

const STORE = [
  `insert into playtrace.events (occurred_at, received_at, corrected_at, sent_at, event_id, batch_id, game_id, clock_suspect,
     name, player_id, session_id, app_version, platform, properties)
   select at, at + interval '2 seconds', at, at + interval '1 second', event_id, md5(date_trunc('minute', at)::text)::uuid, 1, false,
     name, 'player-' || player_no, session_id, app_version, platform, properties
   from made order by at`,
  `insert into playtrace.hourly_events
   select 1, date_trunc('hour', at, 'UTC'), name, platform, app_version, count(*) from made group by 2, 3, 4, 5
   on conflict (game_id, hour, name, platform, app_version) do update set events = hourly_events.events + excluded.events`,
  `insert into playtrace.sessions select player_no, 1, min(at), max(at), count(*) from made group by player_no order by 3`,
  `insert into playtrace.player_names select player_no, 1, name, min(at) from made group by player_no, name
   on conflict do nothing`,
  `insert into levels select player_no, max(${LEVEL}), max(${LEVEL}) filter (where name = 'level_complete')
   from made where ${IS_LEVEL} group by player_no`,
  `insert into playtrace.level_days
   select 1, ${DAY}, ${LEVEL}, count(*) filter (where name = 'level_start'), count(*) filter (where name = 'level_fail'),
     count(*) filter (where name = 'level_complete')
   from made where ${IS_LEVEL} group by 2, 3
   on conflict (game_id, day, level) do update set starts = level_days.starts + excluded.starts,
     fails = level_days.fails + excluded.fails, completes = level_days.completes + excluded.completes`,
  `insert into playtrace.level_seconds
   select 1, ${DAY}, ${LEVEL}, round((properties ->> 'duration_ms')::numeric / 1000)::int, count(*)
   from made where name = 'level_complete' group by 2, 3, 4
   on conflict (game_id, day, level, seconds) do update set completes = level_seconds.completes + excluded.completes`,
  `insert into playtrace.resource_days
   select 1, ${DAY}, properties ->> 'resource', properties ->> 'item',
     case name when 'resource_source' then 'source' else 'sink' end, sum((properties ->> 'amount')::numeric), count(*)
   from made where name in ('resource_source', 'resource_sink') group by 2, 3, 4, 5
   on conflict (game_id, day, resource, item, direction) do update
     set amount = resource_days.amount + excluded.amount, events = resource_days.events + excluded.events`,
  `insert into playtrace.purchases
   select 1, at, at, event_id, player_no, properties ->> 'product_id', properties ->> 'currency',
     (properties ->> 'amount_minor')::bigint, null
   from made where name = 'purchase' order by at`,
]

const STORE_PLAYERS = `
  insert into playtrace.players (player_no, game_id, player_id, first_day, last_day, first_seen_at, level_tried,
    level_completed, first_purchase_at)
  overriding system value
  select player_no, 1, 'player-' || player_no, days.first_day, days.last_day,
    (select min(started_at) from playtrace.sessions where sessions.player_no = days.player_no), tried, completed,
    (select min(corrected_at) from playtrace.purchases where purchases.player_no = days.player_no)
  from (select player_no, min(day) as first_day, max(day) as last_day from active group by player_no) as days
  left join (
    select player_no, max(tried) as tried, max(completed) as completed from levels group by player_no
  ) as highest using (player_no)
  order by first_day`

const STORE_PLAYER_DAYS = `
  insert into playtrace.player_days select 1, day, player_no, first_day, previous_day from active order by day`

const STORE_PAYER_DAYS = `
  insert into playtrace.payer_days
  select 1, player_no, currency, day, lag(day) over (partition by player_no, currency order by day)
  from (
    select distinct player_no, counted.currency, (corrected_at at time zone 'UTC')::date as day
    from playtrace.purchases cross join lateral (values (purchases.currency), ('*')) as counted (currency)
  ) as days
  order by day`
