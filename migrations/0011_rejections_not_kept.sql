-- The number of rejected events beyond the rate that is kept (docs/decisions/0011-a-flood-of-rejects.md), by the UTC day
-- on which their batch was stored.
create table playtrace.rejections_not_kept (
  game_id smallint not null,
  day date not null,
  events bigint not null,
  primary key (game_id, day)
);
