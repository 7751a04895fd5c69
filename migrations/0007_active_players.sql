-- Players counted by their active days, so that any range of days is a sum over few rows: player_days has one for each
-- player and day, and a month of it takes longer to read than a screen may take to open. Triggers keep them, so that they
-- are what player_days is, whoever changes it: a fold, or a rebuild. A row may come to 0, and stays.

create table playtrace.active_days (
  game_id smallint not null,
  day date not null,
  -- As in player_days: who is counted was active on it, and not since; null: never before.
  previous_day date,
  players bigint not null,
  unique nulls not distinct (game_id, day, previous_day)
);

create table playtrace.cohort_days (
  game_id smallint not null,
  first_day date not null,
  day date not null,
  -- Whether who is counted was not active before in the week of this day, Monday to Sunday.
  is_first_of_week boolean not null,
  players bigint not null,
  primary key (game_id, first_day, day, is_first_of_week)
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

insert into playtrace.active_days (game_id, day, previous_day, players)
  select game_id, day, previous_day, count(*) from playtrace.player_days group by game_id, day, previous_day;
insert into playtrace.cohort_days (game_id, first_day, day, is_first_of_week, players)
  select game_id, first_day, day, playtrace.is_first_of_week(day, previous_day), count(*)
  from playtrace.player_days group by 1, 2, 3, 4;

create trigger count_added after insert on playtrace.player_days
  referencing new table as added for each statement execute function playtrace.count_player_days();
create trigger count_changed after update on playtrace.player_days
  referencing old table as removed new table as added for each statement execute function playtrace.count_player_days();
create trigger count_removed after delete on playtrace.player_days
  referencing old table as removed for each statement execute function playtrace.count_player_days();
create trigger forget_all after truncate on playtrace.player_days
  for each statement execute function playtrace.forget_player_days();
