// The statement that adds sessions: a player's events without a gap of more than 30 minutes.

/** Two intervals of a player are one session if the gap between them is at most this long. */
const IDLE_MAX = `interval '30 minutes'`

/** SQL: the rows (player_no, game_id, started_at, ended_at, events) of `intervals`, with intervals of one session joined. */
const joined = (intervals: string) => `
  select player_no, min(game_id) as game_id, min(started_at) as started_at, max(ended_at) as ended_at, sum(events)::integer as events
  from (
    select *, count(*) filter (where begins) over (partition by player_no order by started_at, ended_at) as number
    from (
      select *, started_at > max(ended_at) over (
        partition by player_no order by started_at, ended_at rows between unbounded preceding and 1 preceding
      ) + ${IDLE_MAX} as begins
      from (${intervals}) as intervals
    ) as marked
  ) as numbered
  group by player_no, number`

/**
 * Events of one half hour of the clock are in one session. They are joined first, because that leaves few intervals.
 * `touched` are the stored sessions that a new interval joins. Stored sessions are further apart than the gap, so a session
 * that grows by new intervals touches no other. The result does not depend on the order of the events.
 */
export const ADD_SESSIONS = `
  with new as materialized (${joined(`
    select player_no, game_id, started_at, ended_at, events
    from (
      select game_id, player_id, min(corrected_at) as started_at, max(corrected_at) as ended_at, count(*) as events
      from folded_events
      group by game_id, player_id, date_bin(${IDLE_MAX}, corrected_at, '2000-01-01 00:00:00+00')
    ) as halves
    join folded_players using (game_id, player_id)`)}
  ),
  touched as materialized (
    select distinct stored.* from new
    cross join lateral (
      select sessions.* from playtrace.sessions
      where sessions.player_no = new.player_no
        and sessions.started_at <= new.ended_at + ${IDLE_MAX}
        and sessions.started_at >= coalesce(
          (select max(before.started_at) from playtrace.sessions as before
           where before.player_no = new.player_no and before.started_at <= new.started_at), new.started_at)
        and sessions.ended_at >= new.started_at - ${IDLE_MAX}
      offset 0
    ) as stored
  ),
  united as materialized (${joined(`
    select player_no, game_id, started_at, ended_at, events from new
    union all select player_no, game_id, started_at, ended_at, events from touched`)}
  ),
  grown as (
    update playtrace.sessions as stored set ended_at = united.ended_at, events = united.events
    from united
    where stored.player_no = united.player_no and stored.started_at = united.started_at
  ),
  absorbed as (
    delete from playtrace.sessions as stored using touched
    where stored.player_no = touched.player_no and stored.started_at = touched.started_at
      and (touched.player_no, touched.started_at) not in (select player_no, started_at from united)
  )
  insert into playtrace.sessions (player_no, game_id, started_at, ended_at, events)
  select player_no, game_id, started_at, ended_at, events from united
  where (player_no, started_at) not in (select player_no, started_at from touched)`
