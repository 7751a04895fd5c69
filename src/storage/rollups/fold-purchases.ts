// Statements that add purchases, and the days on which a player bought something.

/**
 * Adds days for each currency, and days of currency '*' for any currency.
 *
 * The purchase may exist already: after the partition of a month is dropped, an event that is sent again is stored again. An
 * error here would block this fold and every later one.
 */
const ADD_PURCHASES = `
  with bought as (
    insert into playtrace.purchases (game_id, corrected_at, identified_at, occurred_at, event_id, player_no,
      product_id, currency, amount_minor, transaction_id)
    select game_id, corrected_at, identified_at, occurred_at, event_id, player_no, product_id, currency, amount_minor, transaction_id
    from folded_events join folded_players using (game_id, player_id)
    where amount_minor is not null
    on conflict (game_id, identified_at, event_id) do nothing
    returning game_id, player_no, currency, (corrected_at at time zone 'UTC')::date as day
  )
  insert into playtrace.payer_days (game_id, player_no, currency, day, previous_day)
  select game_id, player_no, currency, day, greatest(
    lag(day) over (partition by player_no, currency order by day),
    (select max(before.day) from playtrace.payer_days as before
     where before.player_no = new.player_no and before.currency = new.currency and before.day < new.day)
  )
  from (
    select distinct game_id, player_no, counted.currency, day
    from bought cross join lateral (values (bought.currency), ('*')) as counted (currency)
  ) as new
  where (select true from playtrace.payer_days as stored
         where stored.player_no = new.player_no and stored.currency = new.currency and stored.day = new.day) is null`

/** A day that arrives late becomes the previous day of the paying day after it. */
const LINK_LATER_PAYER_DAYS = `
  update playtrace.payer_days as later set previous_day = late.day
  from (
    select player_no, currency, day,
      (select min(after.day) from playtrace.payer_days as after
       where after.player_no = stored.player_no and after.currency = stored.currency and after.day > stored.day) as next_day
    from playtrace.payer_days as stored
    where (player_no, day) in (
      select player_no, day from folded_events join folded_players as folded using (game_id, player_id)
      where amount_minor is not null and folded.first_day < folded.known_last_day
    )
  ) as late
  where later.player_no = late.player_no and later.currency = late.currency and later.day = late.next_day
    and (later.previous_day is null or later.previous_day < late.day)`

export const FOLD_PURCHASES = [ADD_PURCHASES, LINK_LATER_PAYER_DAYS]
