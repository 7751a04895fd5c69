-- A fold finds the events of its writes by `write_id` in each partition. Given the times that they lie between as well, the
-- planner looked for events by time too: every one of the minute, for those of a second's writes.
alter table playtrace.unrolled_writes drop column first_occurred_at, drop column last_occurred_at;
