-- Sessions by the day that they began in, and how long they were in all: what the overview asks for, without reading two
-- months of sessions. Triggers keep it, as they keep active_days, whoever changes the sessions. A row may come to 0, and stays.

create table playtrace.session_days (
  game_id smallint not null,
  day date not null,
  sessions bigint not null,
  seconds numeric not null,
  primary key (game_id, day)
);

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

insert into playtrace.session_days (game_id, day, sessions, seconds)
  select game_id, (started_at at time zone 'UTC')::date, count(*), extract(epoch from sum(ended_at - started_at))
  from playtrace.sessions group by 1, 2;

create trigger count_added after insert on playtrace.sessions
  referencing new table as added for each statement execute function playtrace.count_sessions();
create trigger count_changed after update on playtrace.sessions
  referencing old table as removed new table as added for each statement execute function playtrace.count_sessions();
create trigger count_removed after delete on playtrace.sessions
  referencing old table as removed for each statement execute function playtrace.count_sessions();
create trigger forget_all after truncate on playtrace.sessions
  for each statement execute function playtrace.forget_sessions();
