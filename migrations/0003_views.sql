-- Views for SQL, Metabase and Grafana, and the role playtrace_reader, which can read the views and nothing else (docs/sql.md).
-- A later migration that changes a column of a view drops the view first, creates it again and grants it again.
-- oldest release: 0.1.0
-- Not `if not exists`: that needs the right to create schemas, even if the schema is there.
do $$
begin
  if to_regnamespace('analytics') is null then
    create schema analytics;
  end if;
end
$$;

create view analytics.events as
select game, event_id, name, player_id, session_id, seq, corrected_at as at, occurred_at, sent_at, received_at,
  identified_at, clock_suspect, app_version, platform, country, properties, mismatch, batch_id, fingerprint as key_fingerprint
from playtrace.events
  join playtrace.games using (game_id)
  left join playtrace.keys using (key_no);

create view analytics.players as
select game, player_id, players.first_day, last_day, first_seen_at, first_purchase_at
from playtrace.players join playtrace.games using (game_id);

create view analytics.player_days as
select game, player_id, day, player_days.first_day, previous_day, day - player_days.first_day as days_since_first
from playtrace.player_days
  join playtrace.players using (player_no)
  join playtrace.games on games.game_id = player_days.game_id;

create view analytics.first_times as
select game, player_id, name, first_at
from playtrace.player_names
  join playtrace.players using (player_no)
  join playtrace.games on games.game_id = player_names.game_id;

create view analytics.player_levels as
select game, player_id, level, first_tried_at, first_completed_at
from playtrace.player_levels
  join playtrace.players using (player_no)
  join playtrace.games on games.game_id = player_levels.game_id;

create view analytics.sessions as
select game, player_id, started_at, ended_at, extract(epoch from ended_at - started_at)::float8 as seconds, events
from playtrace.sessions
  join playtrace.players using (player_no)
  join playtrace.games on games.game_id = sessions.game_id;

create view analytics.hourly_events as
select game, hour, name, platform, app_version, events
from playtrace.hourly_events join playtrace.games using (game_id);

create view analytics.kept_values as
select game, day, kind, value
from playtrace.kept_values join playtrace.games using (game_id);

create view analytics.levels as
select game, day, level, starts, fails, completes
from playtrace.level_days join playtrace.games using (game_id);

create view analytics.level_times as
select game, day, level, seconds, completes
from playtrace.level_seconds join playtrace.games using (game_id);

create view analytics.resources as
select game, day, resource, item, direction, amount, events
from playtrace.resource_days join playtrace.games using (game_id);

create view analytics.purchases as
select game, event_id, player_id, corrected_at as at, occurred_at, product_id, currency, amount_minor, transaction_id
from playtrace.purchases
  join playtrace.players using (player_no)
  join playtrace.games on games.game_id = purchases.game_id;

create view analytics.mismatches as
select game, day, name, path, app_version, events, sample_event_id
from playtrace.mismatch_days join playtrace.games using (game_id);

create view analytics.rejections as
select game, rejection_id, received_at, reason, path, message, event_id, name, app_version, sent_at, replayed_at, batch_id,
  raw_bytes
from playtrace.rejected_events join playtrace.games using (game_id);

-- A role belongs to the server. The migration of another database may have created it, even at this moment, and the user who
-- migrates may not be allowed to create it.
do $$
begin
  if not exists (select from pg_roles where rolname = 'playtrace_reader') then
    create role playtrace_reader nologin;
  end if;
exception
  when duplicate_object or unique_violation then null;
  when insufficient_privilege then
    raise warning 'The role playtrace_reader was not created: this user may not create roles. See docs/sql.md.';
end
$$;

do $$
begin
  if exists (select from pg_roles where rolname = 'playtrace_reader') then
    grant usage on schema analytics to playtrace_reader;
    grant select on analytics.events, analytics.players, analytics.player_days, analytics.first_times,
      analytics.player_levels, analytics.sessions, analytics.hourly_events, analytics.kept_values, analytics.levels, analytics.level_times, analytics.resources, analytics.purchases,
      analytics.mismatches, analytics.rejections to playtrace_reader;
  end if;
end
$$;
