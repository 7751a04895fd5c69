// Statements that add up events by hour or day, whatever the player.

/** Does not read `folded_events`: rejected events are noted in a table of their own. */
export const ADD_REJECTION_DAYS = `
  with taken as (delete from playtrace.unrolled_rejections returning game_id, day, events)
  insert into playtrace.rejection_days (game_id, day, events)
  select game_id, day, sum(events) from taken group by game_id, day
  on conflict (game_id, day) do update set events = rejection_days.events + excluded.events`

const ADD_EVENT_TIMES = `
  insert into playtrace.event_times (game_id, first_event_at, last_event_at)
  select game_id, min(corrected_at), max(corrected_at) from folded_events group by game_id
  on conflict (game_id) do update
    set first_event_at = least(event_times.first_event_at, excluded.first_event_at),
      last_event_at = greatest(event_times.last_event_at, excluded.last_event_at)`

const ADD_HOURLY_EVENTS = `
  insert into playtrace.hourly_events (game_id, hour, name, platform, app_version, events)
  select game_id, date_bin('1 hour', corrected_at, '2000-01-01 00:00:00+00') as hour, name, platform, app_version, count(*)
  from folded_events group by game_id, hour, name, platform, app_version
  on conflict (game_id, hour, name, platform, app_version) do update
    set events = hourly_events.events + excluded.events`

const ADD_LEVEL_DAYS = `
  insert into playtrace.level_days (game_id, day, level, starts, fails, completes)
  select game_id, day, level, count(*) filter (where name = 'level_start'),
    count(*) filter (where name = 'level_fail'), count(*) filter (where name = 'level_complete')
  from folded_events where level is not null group by game_id, day, level
  on conflict (game_id, day, level) do update
    set starts = level_days.starts + excluded.starts, fails = level_days.fails + excluded.fails,
      completes = level_days.completes + excluded.completes`

const ADD_LEVEL_SECONDS = `
  insert into playtrace.level_seconds (game_id, day, level, seconds, completes)
  select game_id, day, level, seconds, count(*)
  from folded_events where seconds is not null group by game_id, day, level, seconds
  on conflict (game_id, day, level, seconds) do update set completes = level_seconds.completes + excluded.completes`

const ADD_RESOURCE_DAYS = `
  insert into playtrace.resource_days (game_id, day, resource, item, direction, amount, events)
  select game_id, day, resource, item, case name when 'resource_source' then 'source' else 'sink' end as direction,
    sum(amount), count(*)
  from folded_events where amount is not null group by game_id, day, resource, item, direction
  on conflict (game_id, day, resource, item, direction) do update
    set amount = resource_days.amount + excluded.amount, events = resource_days.events + excluded.events`

const ADD_MISMATCH_DAYS = `
  insert into playtrace.mismatch_days as stored
    (game_id, day, name, path, app_version, events, sample_event_id, sample_at)
  select game_id, day, name, left(mismatch, 200) as path, app_version, count(*),
    (array_agg(event_id order by corrected_at desc, event_id desc))[1], max(corrected_at)
  from folded_events where mismatch is not null group by game_id, day, name, path, app_version
  on conflict (game_id, day, name, path, app_version) do update set events = stored.events + excluded.events,
    (sample_event_id, sample_at) = (
      select sample_event_id, sample_at
      from (values (stored.sample_event_id, stored.sample_at), (excluded.sample_event_id, excluded.sample_at))
        as both_samples (sample_event_id, sample_at)
      order by sample_at desc, sample_event_id desc limit 1)`

export const FOLD_DAYS = [
  ADD_EVENT_TIMES,
  ADD_HOURLY_EVENTS,
  ADD_LEVEL_DAYS,
  ADD_LEVEL_SECONDS,
  ADD_RESOURCE_DAYS,
  ADD_MISMATCH_DAYS,
]
