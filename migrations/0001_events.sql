-- Games, keys, events and rejected events. Column names are those of the wire contract.
-- oldest release: 0.1.0

create table playtrace.games (
  game_id smallint generated always as identity primary key,
  game text not null unique check (game ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
  created_at timestamptz not null default now(),
  -- A time before this day, or more than late_days before it was received, is not believed: such a clock was reset.
  first_day date not null default ((now() at time zone 'UTC')::date - 35),
  late_days integer not null default 35 check (late_days between 0 and 36500),
  -- server: only a purchase that a server key sent counts as revenue.
  revenue_from text not null default 'all' check (revenue_from in ('server', 'all'))
);

create table playtrace.keys (
  -- SHA-256 of the key. Keys are random, so a hash without salt reveals nothing about them.
  key_hash bytea primary key check (octet_length(key_hash) = 32),
  -- The first characters of the hash. They identify the key in lists and do not reveal it.
  fingerprint text not null generated always as (left(encode(key_hash, 'hex'), 12)) stored,
  -- Shorter than the hash in playtrace.events.
  key_no smallint generated always as identity unique,
  -- Null for an installation key, which manages all games.
  game_id smallint references playtrace.games,
  kind text not null check (kind in ('write', 'server', 'read', 'admin', 'installation')),
  label text not null,
  created_at timestamptz not null default now(),
  -- Null while the key is valid. The row remains, because events refer to the key.
  revoked_at timestamptz,
  -- True: another key took its place in a variable or a file. It is valid again when it comes back there.
  is_replaced boolean not null default false,
  check ((game_id is null) = (kind = 'installation'))
);

-- Every stored event, once. The partition key is identified_at because a retry repeats it. With the time of arrival in the
-- primary key, a retry across midnight would be stored twice. The key begins with game and time, so that the part of the
-- index that is in use stays small in a large table.
create table playtrace.events (
  -- The time inside event_id if that is a UUID of version 7, otherwise occurred_at.
  identified_at timestamptz not null,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  -- occurred_at, corrected by the difference between the clocks of client and server. Reports use it.
  corrected_at timestamptz not null,
  sent_at timestamptz,
  event_id uuid not null,
  batch_id uuid not null,
  game_id smallint not null,
  -- The key that sent the event; null for a replay whose key is not known.
  key_no smallint,
  -- True: the client's time was not believed, and corrected_at is received_at.
  clock_suspect boolean not null,
  name text not null,
  player_id text not null,
  session_id text,
  -- The number of the event in its session, from 0.
  seq bigint,
  app_version text,
  platform text,
  country text,
  properties jsonb not null,
  -- The statement that stored the row, numbered by write_ids. The fold and the live tail find new events by it.
  write_id bigint,
  -- JSON pointer to the first property of a standard event that does not fit docs/events.md; null if all fit.
  mismatch text,
  primary key (game_id, identified_at, event_id)
) partition by range (identified_at);

create sequence playtrace.write_ids;

-- Returns the next write id. Before that it announces the write with an advisory lock whose second key is below the id, so that
-- a window of writes ends below the id until the transaction has ended (src/storage/events/write-window.ts).
create function playtrace.next_write_id() returns bigint
language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(
    hashtext('playtrace.writing'), (case when is_called then last_value else 0 end % 2147483648)::integer
  ) from playtrace.write_ids;
  return nextval('playtrace.write_ids');
end
$$;

-- For pages of events, newest first, and for ranges of time.
create index events_by_time on playtrace.events (game_id, corrected_at desc, event_id desc);
create index events_by_player on playtrace.events (game_id, player_id, corrected_at desc);
-- BRIN takes a few bytes for each megabyte of table. A B-tree of every session would cost as much as the primary key.
create index events_by_session on playtrace.events using brin (session_id text_bloom_ops) with (autosummarize = on);
create index events_by_write on playtrace.events (write_id) where write_id is not null;

-- For events of all months without a partition of their own. The upkeep makes the partitions of the months in which events
-- are believed; an event never makes one, so that a sender's clock cannot add tables.
create table playtrace.events_default partition of playtrace.events default;

-- Months whose table is being filled from events_default and is not attached yet. A month's table that is neither attached
-- nor listed here was detached by an operator, and stays detached.
create table playtrace.months_to_attach (
  month date primary key check (extract(day from month) = 1),
  wanted_at timestamptz not null default now()
);

-- Ids of events without a time of their own, which are no UUIDs of version 7. Their occurred_at is the server's, so a retry
-- does not repeat it.
create table playtrace.undated_events (
  game_id smallint not null,
  event_id uuid not null,
  received_at timestamptz not null,
  primary key (game_id, event_id)
);
create index undated_events_by_time on playtrace.undated_events (received_at);

-- One row for each batch, kept for 31 days. `playtrace explain` shows stored_at (docs/decisions/0009-explain.md).
create table playtrace.batches (
  batch_id uuid primary key,
  stored_at timestamptz not null
);
create index batches_by_time on playtrace.batches using brin (stored_at) with (autosummarize = on);

-- How many events of a batch and a game were stored before. No row: none. Null: not known, because the batch was stored in parts.
create table playtrace.repeated_events (
  batch_id uuid not null references playtrace.batches on delete cascade,
  game_id smallint not null,
  events integer,
  primary key (batch_id, game_id)
);

-- The quarantine: rejected events as they were sent, within the bounds of docs/decisions/0011-a-flood-of-rejects.md.
create table playtrace.rejected_events (
  rejection_id uuid primary key,
  game_id smallint not null,
  batch_id uuid not null,
  received_at timestamptz not null,
  reason text not null,
  -- JSON pointer to the field that was rejected.
  path text not null,
  message text not null,
  -- The fields that the event claimed, where they could be read.
  event_id uuid,
  name text,
  app_version text,
  sent_at timestamptz,
  -- The key that sent it: the first characters of its hash.
  key_fingerprint text,
  -- When a replay stored the event; null until then.
  replayed_at timestamptz,
  -- The statement that stored the row, numbered by write_ids. The live tail finds new rejected events by it.
  write_id bigint,
  -- As sent, byte for byte; convert_from(raw, 'UTF8') shows it.
  raw bytea not null,
  -- In the index below, so that pruning by size does not read the rows.
  raw_bytes integer not null generated always as (octet_length(raw)) stored
);
create index rejected_events_by_time
  on playtrace.rejected_events (game_id, received_at desc, rejection_id desc) include (raw_bytes);
create index rejected_events_by_write on playtrace.rejected_events (write_id);
create index rejected_events_by_event on playtrace.rejected_events (game_id, event_id) where event_id is not null;

-- The number of rejected events beyond the rate that is kept (docs/decisions/0011-a-flood-of-rejects.md), by the UTC day
-- on which their batch was stored.
create table playtrace.rejections_not_kept (
  game_id smallint not null,
  day date not null,
  events bigint not null,
  primary key (game_id, day)
);

-- Sessions of the dashboard. A session ends with its key.
create table playtrace.dashboard_sessions (
  -- SHA-256 of the token in the cookie: a reader of the database cannot use it.
  token_hash bytea primary key check (octet_length(token_hash) = 32),
  key_hash bytea not null references playtrace.keys on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);

-- Links that download an export without a key: each works once, until it expires.
create table playtrace.downloads (
  -- SHA-256 of the token in the link: a reader of the database cannot use the link.
  token_hash bytea primary key check (octet_length(token_hash) = 32),
  -- The key that made the link.
  key_hash bytea not null references playtrace.keys on delete cascade,
  -- An installation key makes links for every game.
  game_id smallint not null references playtrace.games,
  format text not null check (format in ('csv', 'ndjson')),
  filter json not null,
  expires_at timestamptz not null
);
