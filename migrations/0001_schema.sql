-- Playtrace's tables. Columns carry the names of the wire contract.
create schema if not exists playtrace;

create table playtrace.games (
  game_id smallint generated always as identity primary key,
  game text not null unique check (game ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
  created_at timestamptz not null default now()
);

create table playtrace.keys (
  -- SHA-256 of the key: keys are random, so that a plain hash tells nothing about them.
  key_hash bytea primary key check (octet_length(key_hash) = 32),
  game_id smallint not null references playtrace.games,
  kind text not null check (kind in ('write', 'admin')),
  label text not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz
);

-- Partitioned by the client's time as sent, because it is what a retry repeats: arrival time in the primary key would
-- let a retry across midnight through. The leading time keeps the index's working set small on big tables.
create table playtrace.events (
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  corrected_at timestamptz not null,
  sent_at timestamptz,
  event_id uuid not null,
  batch_id uuid not null,
  game_id smallint not null,
  clock_suspect boolean not null,
  name text not null,
  player_id text not null,
  session_id text,
  app_version text,
  platform text,
  properties jsonb not null,
  primary key (game_id, occurred_at, event_id)
) partition by range (occurred_at);

-- Newest first, and a range of time.
create index events_by_time on playtrace.events (game_id, corrected_at desc, event_id desc);
create index events_by_player on playtrace.events (game_id, player_id, corrected_at desc);
-- A few bytes for each megabyte of table, where an index of every session would cost as much as the dedupe.
create index events_by_session on playtrace.events using brin (session_id text_bloom_ops) with (autosummarize = on);

-- Clocks that are years off find a home here, so that a hostile client cannot make partitions without end.
create table playtrace.events_before_2015 partition of playtrace.events
  for values from (minvalue) to ('2015-01-01 00:00:00+00');
create table playtrace.events_from_2050 partition of playtrace.events
  for values from ('2050-01-01 00:00:00+00') to (maxvalue);

-- Makes the partition of a month (2015 to 2049) unless it is there. Made apart and then attached: attaching lets
-- writers go on, where `create table … partition of` would wait for every one of them and make the rest wait for it.
create function playtrace.ensure_events_partition(month date) returns void
language plpgsql as $$
declare
  partition text := 'events_' || to_char(month, 'YYYY_MM');
begin
  -- By query: to_regclass remembers across the wait for the lock that there was no such table before it.
  if exists (select from pg_class where relnamespace = 'playtrace'::regnamespace and relname = partition) then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtext('playtrace.ensure_events_partition'));
  if exists (select from pg_class where relnamespace = 'playtrace'::regnamespace and relname = partition) then
    return;
  end if;
  execute format('create table playtrace.%I (like playtrace.events including defaults including constraints)', partition);
  execute format(
    'alter table playtrace.events attach partition playtrace.%I for values from (%L) to (%L)',
    partition,
    to_char(month, 'YYYY-MM-01 00:00:00+00'),
    to_char(month + interval '1 month', 'YYYY-MM-01 00:00:00+00')
  );
end
$$;

-- Ids of events that carry no time of their own: their occurred_at is ours, which a retry does not repeat.
create table playtrace.undated_events (
  game_id smallint not null,
  event_id uuid not null,
  received_at timestamptz not null,
  primary key (game_id, event_id)
);
create index undated_events_by_time on playtrace.undated_events (received_at);

create table playtrace.rejected_events (
  rejection_id uuid primary key,
  game_id smallint not null,
  batch_id uuid not null,
  received_at timestamptz not null,
  reason text not null,
  path text not null,
  message text not null,
  event_id uuid,
  -- As sent, byte for byte; convert_from(raw, 'UTF8') reads it.
  raw bytea not null
);
create index rejected_events_by_time on playtrace.rejected_events (game_id, received_at desc, rejection_id desc);
