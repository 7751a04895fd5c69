-- Rejected events that were counted and not kept, by the hour that they came in: docs/decisions/0011-a-flood-of-rejects.md.
create table playtrace.unkept_rejections (
  game_id smallint not null,
  hour timestamptz not null,
  reason text not null,
  -- Null: none was claimed, or too many different ones came in that hour.
  name text,
  app_version text,
  events bigint not null,
  first_received_at timestamptz not null,
  last_received_at timestamptz not null,
  unique nulls not distinct (game_id, hour, reason, name, app_version)
);

-- How many of a batch's rejected events were counted and not kept; 0 until they are, so that they are counted once.
alter table playtrace.batches add column unkept integer not null default 0;
