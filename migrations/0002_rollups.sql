-- Rollups: reports read them. The fold adds stored events to them (docs/decisions/0013-rollups.md).
-- Days and hours are UTC, by corrected_at.
-- oldest release: 0.1.0

-- Writes whose events are not in the rollups yet. The row has no times: with them, the planner searched by time instead of by
-- write_id, and read all events of a minute to find those of a second.
create table playtrace.unrolled_writes (
  write_id bigint primary key,
  events integer not null,
  -- When the fold gave the write up because adding it alone failed. Its events are in no report until a rebuild.
  set_aside_at timestamptz
);
create index unrolled_writes_set_aside on playtrace.unrolled_writes (write_id) where set_aside_at is not null;

-- Rejected events that are not in rejection_days yet. Writers only add rows, so they never wait for each other.
create table playtrace.unrolled_rejections (
  game_id smallint not null,
  -- The UTC day of received_at; of events that were not kept, the day on which their batch was stored.
  day date not null,
  events bigint not null
);

-- Rejected events by day, kept or not. A rejection counts also after it was replayed or pruned. A rebuild does not change this
-- table, because it cannot be derived from the events.
create table playtrace.rejection_days (
  game_id smallint not null,
  day date not null,
  events bigint not null,
  primary key (game_id, day)
);

-- When the first and the last event of each game happened.
create table playtrace.event_times (
  game_id smallint primary key,
  first_event_at timestamptz not null,
  last_event_at timestamptz not null
);

-- The names, platforms and versions that the rollups count by themselves on each day, up to a limit. All others count as (other).
-- Standard events are always counted by name, and are here beyond the limit. A rebuild keeps this table, and counts by it.
create table playtrace.kept_values (
  game_id smallint not null,
  day date not null,
  kind text not null check (kind in ('name', 'platform', 'app_version')),
  value text not null,
  primary key (game_id, day, kind, value)
);

create table playtrace.players (
  -- Shorter than game and player_id in the tables below.
  player_no integer generated always as identity primary key,
  game_id smallint not null,
  player_id text not null,
  first_day date not null,
  last_day date not null,
  first_seen_at timestamptz not null,
  first_purchase_at timestamptz,
  unique (game_id, player_id)
);
create index players_by_first_purchase on playtrace.players (game_id, first_purchase_at) include (first_day)
  where first_purchase_at is not null;

-- Days on which a player was active.
create table playtrace.player_days (
  game_id smallint not null,
  day date not null,
  player_no integer not null,
  -- The player's first day. A copy, so that cohorts are counted without a join.
  first_day date not null,
  -- The player's active day before this one; null on the first.
  previous_day date,
  primary key (player_no, day)
);
create index player_days_by_day on playtrace.player_days (game_id, day) include (first_day, previous_day);

-- When a player first sent an event of each name.
create table playtrace.player_names (
  player_no integer not null,
  game_id smallint not null,
  name text not null,
  first_at timestamptz not null,
  primary key (player_no, name)
);
-- In the order of players, so that a funnel merges its steps as it reads them and holds none of them in memory.
create index player_names_by_name on playtrace.player_names (game_id, name, player_no) include (first_at);

-- When a player first tried and first completed each level. `level` is the number or the text that the game sent, as a text.
create table playtrace.player_levels (
  player_no integer not null,
  game_id smallint not null,
  level text not null,
  first_tried_at timestamptz not null,
  first_completed_at timestamptz,
  primary key (player_no, level)
);
create index player_levels_by_time on playtrace.player_levels (game_id, first_tried_at);

-- Sorts levels: numbers by value, texts in natural order, so that level9 comes before level10.
create collation playtrace.natural (provider = icu, locale = 'und-u-kn-true');

-- A session is a player's events without a gap of more than 30 minutes. The client's session_id is not used.
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
  level text not null,
  starts bigint not null,
  fails bigint not null,
  completes bigint not null,
  primary key (game_id, day, level)
);

-- How long it took to complete a level, in whole seconds (rounded). The median of any range of days is exact to the second.
create table playtrace.level_seconds (
  game_id smallint not null,
  day date not null,
  level text not null,
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
  identified_at timestamptz not null,
  occurred_at timestamptz not null,
  event_id uuid not null,
  player_no integer not null,
  product_id text not null,
  currency text not null,
  -- In the currency's minor unit, such as cents.
  amount_minor bigint not null,
  transaction_id text,
  primary key (game_id, identified_at, event_id)
);
create index purchases_by_time on playtrace.purchases (game_id, corrected_at) include (player_no, currency, amount_minor);
create index purchases_by_player on playtrace.purchases (player_no, corrected_at);

-- Days on which a player made a purchase, for each currency. Currency '*' means any currency.
create table playtrace.payer_days (
  game_id smallint not null,
  player_no integer not null,
  currency text not null,
  day date not null,
  -- The player's day with a purchase in this currency before this one; null on the first.
  previous_day date,
  primary key (player_no, currency, day)
);

-- Standard events whose properties do not fit docs/events.md. `path` is the mismatch of the event. It is empty for purchases
-- that do not count because of their key.
create table playtrace.mismatch_days (
  game_id smallint not null,
  day date not null,
  name text not null,
  path text not null,
  app_version text,
  events bigint not null,
  -- The newest of these events, by corrected_at.
  sample_event_id uuid not null,
  sample_at timestamptz not null,
  unique nulls not distinct (game_id, day, name, path, app_version)
);

-- The tables below sum up the tables above by day. A month of player_days takes longer to read than a screen may take to
-- open; a month of sums is a few rows. Triggers keep the sums, so they are right after a fold and after a rebuild. A row
-- whose sum falls to 0 remains.

-- Sums of player_days, for counting the active players of any range of days.
create table playtrace.active_days (
  game_id smallint not null,
  day date not null,
  -- As in player_days. A player counts once in a range: on the day whose previous day is before the range.
  previous_day date,
  players bigint not null,
  unique nulls not distinct (game_id, day, previous_day)
);

-- Sums of player_days, for retention.
create table playtrace.cohort_days (
  game_id smallint not null,
  first_day date not null,
  day date not null,
  -- Whether this is the first active day of these players in the week of this day, Monday to Sunday.
  is_first_of_week boolean not null,
  players bigint not null,
  primary key (game_id, first_day, day, is_first_of_week)
);

-- Sums of sessions, by the day on which they began.
create table playtrace.session_days (
  game_id smallint not null,
  day date not null,
  sessions bigint not null,
  seconds numeric not null,
  primary key (game_id, day)
);

-- Sums of purchases.
create table playtrace.revenue_days (
  game_id smallint not null,
  day date not null,
  currency text not null,
  product_id text not null,
  purchases bigint not null,
  amount_minor numeric not null,
  primary key (game_id, day, currency, product_id)
);

-- Sums of payer_days, for counting the payers of any range of days.
create table playtrace.paying_days (
  game_id smallint not null,
  day date not null,
  currency text not null,
  -- As in payer_days. A payer counts once in a range: on the day whose previous day is before the range.
  previous_day date,
  players bigint not null,
  unique nulls not distinct (game_id, day, currency, previous_day)
);

create function playtrace.is_first_of_week(day date, previous_day date) returns boolean language sql immutable
return coalesce(previous_day < day - (extract(isodow from day)::integer - 1), true);

create function playtrace.count_player_days() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' then
    insert into playtrace.active_days (game_id, day, previous_day, players)
      select game_id, day, previous_day, -count(*) from removed group by game_id, day, previous_day
      on conflict (game_id, day, previous_day) do update set players = active_days.players + excluded.players;
    insert into playtrace.cohort_days (game_id, first_day, day, is_first_of_week, players)
      select game_id, first_day, day, playtrace.is_first_of_week(day, previous_day) as is_first, -count(*)
      from removed group by game_id, first_day, day, is_first
      on conflict (game_id, first_day, day, is_first_of_week) do update set players = cohort_days.players + excluded.players;
  end if;
  if tg_op <> 'DELETE' then
    insert into playtrace.active_days (game_id, day, previous_day, players)
      select game_id, day, previous_day, count(*) from added group by game_id, day, previous_day
      on conflict (game_id, day, previous_day) do update set players = active_days.players + excluded.players;
    insert into playtrace.cohort_days (game_id, first_day, day, is_first_of_week, players)
      select game_id, first_day, day, playtrace.is_first_of_week(day, previous_day) as is_first, count(*)
      from added group by game_id, first_day, day, is_first
      on conflict (game_id, first_day, day, is_first_of_week) do update set players = cohort_days.players + excluded.players;
  end if;
  return null;
end
$$;

create function playtrace.forget_player_days() returns trigger language plpgsql as $$
begin
  truncate playtrace.active_days, playtrace.cohort_days;
  return null;
end
$$;

create trigger count_added after insert on playtrace.player_days
  referencing new table as added for each statement execute function playtrace.count_player_days();
create trigger count_changed after update on playtrace.player_days
  referencing old table as removed new table as added for each statement execute function playtrace.count_player_days();
create trigger count_removed after delete on playtrace.player_days
  referencing old table as removed for each statement execute function playtrace.count_player_days();
create trigger forget_all after truncate on playtrace.player_days
  for each statement execute function playtrace.forget_player_days();

create function playtrace.count_sessions() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' then
    insert into playtrace.session_days (game_id, day, sessions, seconds)
      select game_id, (started_at at time zone 'UTC')::date as day, -count(*), -extract(epoch from sum(ended_at - started_at))
      from removed group by game_id, day
      on conflict (game_id, day) do update
        set sessions = session_days.sessions + excluded.sessions, seconds = session_days.seconds + excluded.seconds;
  end if;
  if tg_op <> 'DELETE' then
    insert into playtrace.session_days (game_id, day, sessions, seconds)
      select game_id, (started_at at time zone 'UTC')::date as day, count(*), extract(epoch from sum(ended_at - started_at))
      from added group by game_id, day
      on conflict (game_id, day) do update
        set sessions = session_days.sessions + excluded.sessions, seconds = session_days.seconds + excluded.seconds;
  end if;
  return null;
end
$$;

create function playtrace.forget_sessions() returns trigger language plpgsql as $$
begin
  truncate playtrace.session_days;
  return null;
end
$$;

create trigger count_added after insert on playtrace.sessions
  referencing new table as added for each statement execute function playtrace.count_sessions();
create trigger count_changed after update on playtrace.sessions
  referencing old table as removed new table as added for each statement execute function playtrace.count_sessions();
create trigger count_removed after delete on playtrace.sessions
  referencing old table as removed for each statement execute function playtrace.count_sessions();
create trigger forget_all after truncate on playtrace.sessions
  for each statement execute function playtrace.forget_sessions();

create function playtrace.count_purchases() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' then
    insert into playtrace.revenue_days (game_id, day, currency, product_id, purchases, amount_minor)
      select game_id, (corrected_at at time zone 'UTC')::date as day, currency, product_id, -count(*), -sum(amount_minor)
      from removed group by game_id, day, currency, product_id
      on conflict (game_id, day, currency, product_id) do update
        set purchases = revenue_days.purchases + excluded.purchases, amount_minor = revenue_days.amount_minor + excluded.amount_minor;
  end if;
  if tg_op <> 'DELETE' then
    insert into playtrace.revenue_days (game_id, day, currency, product_id, purchases, amount_minor)
      select game_id, (corrected_at at time zone 'UTC')::date as day, currency, product_id, count(*), sum(amount_minor)
      from added group by game_id, day, currency, product_id
      on conflict (game_id, day, currency, product_id) do update
        set purchases = revenue_days.purchases + excluded.purchases, amount_minor = revenue_days.amount_minor + excluded.amount_minor;
  end if;
  return null;
end
$$;

create function playtrace.count_payer_days() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' then
    insert into playtrace.paying_days (game_id, day, currency, previous_day, players)
      select game_id, day, currency, previous_day, -count(*) from removed group by game_id, day, currency, previous_day
      on conflict (game_id, day, currency, previous_day) do update set players = paying_days.players + excluded.players;
  end if;
  if tg_op <> 'DELETE' then
    insert into playtrace.paying_days (game_id, day, currency, previous_day, players)
      select game_id, day, currency, previous_day, count(*) from added group by game_id, day, currency, previous_day
      on conflict (game_id, day, currency, previous_day) do update set players = paying_days.players + excluded.players;
  end if;
  return null;
end
$$;

create function playtrace.forget_purchases() returns trigger language plpgsql as $$
begin
  truncate playtrace.revenue_days;
  return null;
end
$$;

create function playtrace.forget_payer_days() returns trigger language plpgsql as $$
begin
  truncate playtrace.paying_days;
  return null;
end
$$;

create trigger count_added after insert on playtrace.purchases
  referencing new table as added for each statement execute function playtrace.count_purchases();
create trigger count_changed after update on playtrace.purchases
  referencing old table as removed new table as added for each statement execute function playtrace.count_purchases();
create trigger count_removed after delete on playtrace.purchases
  referencing old table as removed for each statement execute function playtrace.count_purchases();
create trigger forget_all after truncate on playtrace.purchases
  for each statement execute function playtrace.forget_purchases();

create trigger count_added after insert on playtrace.payer_days
  referencing new table as added for each statement execute function playtrace.count_payer_days();
create trigger count_changed after update on playtrace.payer_days
  referencing old table as removed new table as added for each statement execute function playtrace.count_payer_days();
create trigger count_removed after delete on playtrace.payer_days
  referencing old table as removed for each statement execute function playtrace.count_payer_days();
create trigger forget_all after truncate on playtrace.payer_days
  for each statement execute function playtrace.forget_payer_days();
