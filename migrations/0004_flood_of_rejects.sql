-- What a flood of rejected events may take: docs/decisions/0011-a-flood-of-rejects.md.

-- Rejected events that were counted and not kept, by the hour that they came in.
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

-- Pruning by bytes adds up every rejection's: from the index alone, without a look at the rows.
alter table playtrace.rejected_events
  add column raw_bytes integer not null generated always as (octet_length(raw)) stored;
drop index playtrace.rejected_events_by_time;
create index rejected_events_by_time
  on playtrace.rejected_events (game_id, received_at desc, rejection_id desc) include (raw_bytes);
