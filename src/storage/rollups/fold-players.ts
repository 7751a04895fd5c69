// Statements that add players, their active days, and when they first sent an event of each name and tried each level.

/**
 * Fills `folded_players` with the players of the folded events and their stored rows. In all of these statements, a subquery
 * looks up each stored row, so that the planner uses the index even if its statistics are old.
 */
const GATHER_PLAYERS = `
  insert into folded_players
  select game_id, player_id, player_no, known_first_day, known_last_day,
    first_day, last_day, first_seen_at, first_purchase_at
  from (
    select game_id, player_id, min(day) as first_day, max(day) as last_day, min(corrected_at) as first_seen_at,
      min(corrected_at) filter (where amount_minor is not null) as first_purchase_at
    from folded_events group by game_id, player_id
  ) as seen
  left join lateral (
    select player_no, players.first_day as known_first_day, players.last_day as known_last_day
    from playtrace.players
    where players.game_id = seen.game_id and players.player_id = seen.player_id
    limit 1
  ) as known on true`

const ADD_NEW_PLAYERS = `
  with added as (
    insert into playtrace.players (game_id, player_id, first_day, last_day, first_seen_at, first_purchase_at)
    select game_id, player_id, first_day, last_day, first_seen_at, first_purchase_at
    from folded_players where player_no is null
    returning game_id, player_id, player_no
  )
  update folded_players set player_no = added.player_no
  from added where added.game_id = folded_players.game_id and added.player_id = folded_players.player_id`

const UPDATE_KNOWN_PLAYERS = `
  update playtrace.players set
    first_day = least(players.first_day, folded.first_day),
    last_day = greatest(players.last_day, folded.last_day),
    first_seen_at = least(players.first_seen_at, folded.first_seen_at),
    first_purchase_at = least(players.first_purchase_at, folded.first_purchase_at)
  from folded_players as folded
  where players.player_no = folded.player_no and folded.known_first_day is not null and (
    folded.first_seen_at < players.first_seen_at
    or folded.last_day > players.last_day
    or folded.first_purchase_at < coalesce(players.first_purchase_at, 'infinity')
  )`

const ADD_PLAYER_DAYS = `
  insert into playtrace.player_days (game_id, day, player_no, first_day, previous_day)
  select game_id, day, player_no, first_day, greatest(
    lag(day) over (partition by player_no order by day),
    (select max(before.day) from playtrace.player_days as before
     where before.player_no = new.player_no and before.day < new.day)
  )
  from (
    select game_id, day, player_no, least(folded.first_day, folded.known_first_day) as first_day
    from (select distinct game_id, player_id, day from folded_events) as active
    join folded_players as folded using (game_id, player_id)
  ) as new
  where (select true from playtrace.player_days as stored
         where stored.player_no = new.player_no and stored.day = new.day) is null`

/** A day that arrives late becomes the previous day of the active day after it. */
const LINK_LATER_DAYS = `
  update playtrace.player_days as later set previous_day = late.day
  from (
    select distinct player_no, day,
      (select min(after.day) from playtrace.player_days as after
       where after.player_no = folded.player_no and after.day > folded_events.day) as next_day
    from folded_events join folded_players as folded using (game_id, player_id)
    where folded.first_day < folded.known_last_day
  ) as late
  where later.player_no = late.player_no and later.day = late.next_day
    and (later.previous_day is null or later.previous_day < late.day)`

/** Needed when events are older than the player's stored first day. */
const MOVE_FIRST_DAYS = `
  update playtrace.player_days as stored set first_day = folded.first_day
  from folded_players as folded
  where stored.player_no = folded.player_no and folded.first_day < folded.known_first_day
    and stored.first_day <> folded.first_day`

const ADD_PLAYER_NAMES = `
  with seen as materialized (
    select player_no, game_id, name, first_at,
      (select stored.first_at from playtrace.player_names as stored
       where stored.player_no = folded_players.player_no and stored.name = new.name) as known_first_at
    from (
      select game_id, player_id, name, min(corrected_at) as first_at
      from folded_events group by game_id, player_id, name
    ) as new
    join folded_players using (game_id, player_id)
  ),
  added as (
    insert into playtrace.player_names (player_no, game_id, name, first_at)
    select player_no, game_id, name, first_at from seen where known_first_at is null
  )
  update playtrace.player_names as stored set first_at = seen.first_at
  from seen
  where stored.player_no = seen.player_no and stored.name = seen.name and seen.first_at < seen.known_first_at`

const ADD_PLAYER_LEVELS = `
  with seen as materialized (
    select player_no, game_id, level, new.first_tried_at, new.first_completed_at, known_tried_at, known_completed_at
    from (
      select game_id, player_id, level, min(corrected_at) as first_tried_at,
        min(corrected_at) filter (where name = 'level_complete') as first_completed_at
      from folded_events where level is not null group by game_id, player_id, level
    ) as new
    join folded_players using (game_id, player_id)
    left join lateral (
      select stored.first_tried_at as known_tried_at, stored.first_completed_at as known_completed_at
      from playtrace.player_levels as stored
      where stored.player_no = folded_players.player_no and stored.level = new.level
      limit 1
    ) as known on true
  ),
  added as (
    insert into playtrace.player_levels (player_no, game_id, level, first_tried_at, first_completed_at)
    select player_no, game_id, level, first_tried_at, first_completed_at from seen where known_tried_at is null
  )
  update playtrace.player_levels as stored set first_tried_at = least(stored.first_tried_at, seen.first_tried_at),
    first_completed_at = least(stored.first_completed_at, seen.first_completed_at)
  from seen
  where stored.player_no = seen.player_no and stored.level = seen.level and known_tried_at is not null
    and (seen.first_tried_at < known_tried_at or seen.first_completed_at < coalesce(known_completed_at, 'infinity'))`

/** In this order: the days need the players, and the links need the days. */
export const FOLD_PLAYERS = [
  GATHER_PLAYERS,
  'analyze folded_players',
  ADD_NEW_PLAYERS,
  UPDATE_KNOWN_PLAYERS,
  ADD_PLAYER_DAYS,
  LINK_LATER_DAYS,
  MOVE_FIRST_DAYS,
  ADD_PLAYER_NAMES,
  ADD_PLAYER_LEVELS,
]
