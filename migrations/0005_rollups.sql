-- Rollups: what the dashboard's answers are read from, folded from stored events (docs/decisions/0013-rollups.md).
-- Days and hours are UTC, by corrected_at.

-- The transaction that stored the row; null for what was stored before there were rollups.
create sequence playtrace.write_ids;
alter table playtrace.events add column write_id bigint;
-- Where the properties of a standard event are not what docs/events.md says: a JSON pointer, and null where they are.
alter table playtrace.events add column mismatch text;
create index events_by_write on playtrace.events (write_id) where write_id is not null;

-- Writes whose events are not in the rollups yet. The times narrow the search to the partitions that they went to.
create table playtrace.unrolled_writes (
  write_id bigint primary key,
  events integer not null,
  first_occurred_at timestamptz not null,
  last_occurred_at timestamptz not null
);

create table playtrace.players (
  player_no integer generated always as identity primary key,
  game_id smallint not null,
  player_id text not null,
  first_day date not null,
  last_day date not null,
  first_seen_at timestamptz not null,
  -- Highest `level` of level_start, level_fail and level_complete; and of level_complete.
  level_tried integer,
  level_completed integer,
  first_purchase_at timestamptz,
  unique (game_id, player_id)
);

create index players_by_first_purchase on playtrace.players (game_id, first_purchase_at) include (first_day)
  where first_purchase_at is not null;

create table playtrace.player_days (
  game_id smallint not null,
  day date not null,
  player_no integer not null,
  -- The player's first day, here too so that a cohort is counted without a join.
  first_day date not null,
  -- The player's active day before this one; null on the first.
  previous_day date,
  primary key (player_no, day)
);
create index player_days_by_day on playtrace.player_days (game_id, day) include (first_day, previous_day);

create table playtrace.player_names (
  player_no integer not null,
  game_id smallint not null,
  name text not null,
  first_at timestamptz not null,
  primary key (player_no, name)
);
create index player_names_by_name on playtrace.player_names (game_id, name, first_at) include (player_no);

-- 30 idle minutes end a session; events without a gap longer than that are one, whatever the client says.
create table playtrace.sessions (
  player_no integer not null,
  game_id smallint not null,
  started_at timestamptz not null,
  ended_at timestamptz not null,
  events integer not null,
  primary key (player_no, started_at)
);
create index sessions_by_start on playtrace.sessions (game_id, started_at);

create table playtrace.hourly_events (
  game_id smallint not null,
  hour timestamptz not null,
  name text not null,
  platform text,
  app_version text,
  events bigint not null,
  unique nulls not distinct (game_id, hour, name, platform, app_version)
);

create table playtrace.level_days (
  game_id smallint not null,
  day date not null,
  level integer not null,
  starts bigint not null,
  fails bigint not null,
  completes bigint not null,
  primary key (game_id, day, level)
);

-- How long completing took, by the whole second (rounded): the median of any range of days is exact to the second.
create table playtrace.level_seconds (
  game_id smallint not null,
  day date not null,
  level integer not null,
  seconds integer not null,
  completes bigint not null,
  primary key (game_id, day, level, seconds)
);

create table playtrace.resource_days (
  game_id smallint not null,
  day date not null,
  resource text not null,
  item text,
  direction text not null check (direction in ('source', 'sink')),
  amount numeric not null,
  events bigint not null,
  unique nulls not distinct (game_id, day, resource, item, direction)
);

create table playtrace.purchases (
  game_id smallint not null,
  corrected_at timestamptz not null,
  occurred_at timestamptz not null,
  event_id uuid not null,
  player_no integer not null,
  product_id text not null,
  currency text not null,
  amount_minor bigint not null,
  transaction_id text,
  primary key (game_id, occurred_at, event_id)
);
create index purchases_by_time on playtrace.purchases (game_id, corrected_at) include (player_no, currency, amount_minor);
create index purchases_by_player on playtrace.purchases (player_no, corrected_at);

create table playtrace.mismatch_days (
  game_id smallint not null,
  day date not null,
  name text not null,
  path text not null,
  events bigint not null,
  primary key (game_id, day, name, path)
);
