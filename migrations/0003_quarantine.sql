-- Who sent a rejected event, what it claimed to be, and whether it has been stored since by a replay.
alter table playtrace.rejected_events
  add column key_fingerprint text,
  add column name text,
  add column app_version text,
  add column sent_at timestamptz,
  add column replayed_at timestamptz;
