-- What `playtrace explain` answers from: when a batch was stored, and an event's rejections.
-- Stored events need no further index to be found by event_id: docs/decisions/0009-explain.md.
create table playtrace.batches (
  batch_id uuid primary key,
  stored_at timestamptz not null,
  -- What this batch stored and quarantined, however often it was consumed.
  events integer not null,
  rejected integer not null,
  -- Events that its first write found stored already.
  repeated integer not null
);
create index batches_by_time on playtrace.batches using brin (stored_at) with (autosummarize = on);

create index rejected_events_by_event on playtrace.rejected_events (game_id, event_id) where event_id is not null;
